import type { LayerReason } from "../wire/constants.ts";
import { LAYER_REASONS } from "../wire/constants.ts";
import type { LinkStats } from "../wire/worker_messages.ts";
import { codecName } from "./codec_names.ts";
import type { Size } from "./geometry.ts";

/** One line of the statistics panel (HUD). */
export interface StatsRow {
  readonly label: string;
  readonly value: string;
  /** Priority: small views show only rows of a low rank. */
  readonly rank: 1 | 2 | 3;
}

const MISSING = "–";
/** What the names of lossless codecs end with. */
const LOSSLESS = ", lossless";

/** Format the statistics; an en dash stands for an unknown value. */
export function statsRows(stats: LinkStats | undefined, frame: Size | undefined): readonly StatsRow[] {
  const number = (name: string): number | undefined => {
    const value = stats?.[name];
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  };
  return [
    { label: "Shown", value: withUnit(number("displayedFps"), "fps", 0), rank: 1 },
    { label: "Sent", value: withUnit(number("fps_sent"), "fps", 0), rank: 2 },
    { label: "Latency", value: withUnit(number("latencyMs"), "ms", 0), rank: 1 },
    { label: "p95", value: withUnit(number("latencyP95Ms"), "ms", 0), rank: 2 },
    { label: "Bitrate", value: bitrate(number("bitrate_bps")), rank: 1 },
    { label: "Quality", value: quality(number("quality"), number("scale")), rank: 2 },
    { label: "Dropped", value: withUnit(number("framesDropped"), "", 0), rank: 2 },
    { label: "Encode", value: withUnit(number("encode_ms"), "ms", 1), rank: 2 },
    { label: "Decode", value: withUnit(number("decodeMs"), "ms", 1), rank: 2 },
    { label: "Round trip", value: withUnit(number("rtt_ms"), "ms", 1), rank: 3 },
    { label: "Limit", value: limit(stats?.layer_reason), rank: 3 },
    { label: "Queue", value: withUnit(number("queue_ms"), "ms", 0), rank: 3 },
    { label: "Link", value: bitrate(number("rate_bps")), rank: 3 },
    { label: "In flight", value: atMost(number("window")), rank: 3 },
    { label: "Codec", value: codecText(stats) || MISSING, rank: 3 },
    { label: "Transport", value: stats?.transport || MISSING, rank: 3 },
    { label: "Size", value: frame === undefined ? MISSING : `${frame.width} × ${frame.height}`, rank: 3 },
    { label: "Decode queue", value: withUnit(number("decodeQueueSize"), "", 0), rank: 3 },
  ];
}

/** Format the latency for the badge; empty while it is unknown. */
export function latencyText({ latencyMs }: LinkStats): string {
  return typeof latencyMs === "number" ? withUnit(latencyMs, "ms", 0) : "";
}

/** Format an elapsed time as minutes and seconds. */
export function elapsedText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Format a zoom factor in as few characters as possible. */
export function zoomText(zoom: number): string {
  return zoom < 10 ? `${Math.round(zoom * 100)}%` : `${Math.round(zoom)}×`;
}

/**
 * The codec, and whether the current picture is lossless although the codec is lossy.
 *
 * Nor is that of a lossless codec lossless if it was scaled down.
 */
function codecText(stats: LinkStats | undefined): string {
  const name = codecName(stats?.codec ?? "");
  const isLossless = name.endsWith(LOSSLESS);
  if (stats?.lossless === 0 && isLossless) return name.slice(0, -LOSSLESS.length);
  return stats?.lossless === 1 && name !== "" && !isLossless ? `${name}, now lossless` : name;
}

function withUnit(value: number | undefined, unit: string, digits: number): string {
  if (value === undefined) return MISSING;
  return `${value.toFixed(digits)} ${unit}`.trimEnd();
}

/** The server reports the congestion window, not how many frames are in flight. */
function atMost(count: number | undefined): string {
  return count === undefined ? MISSING : `≤ ${count}`;
}

/** What limits the quality, by the server's reason. */
const LIMITS: Readonly<Record<LayerReason, string>> = {
  full: "none",
  network: "network",
  decoding: "decoding",
  max_bitrate: "max_bitrate",
  shared: "shared layers",
  probing: "probing",
  pinned: "pinned",
};

function limit(reason: unknown): string {
  const known = LAYER_REASONS.find((each) => each === reason);
  return known === undefined ? MISSING : LIMITS[known];
}

/** The quality, and the scale if the pictures are smaller than the frames. */
function quality(value: number | undefined, scale: number | undefined): string {
  if (value === undefined) return MISSING;
  return scale === undefined || scale === 1 ? `${value}` : `${value} at ${Math.round(100 * scale)}%`;
}

function bitrate(bps: number | undefined): string {
  if (bps === undefined) return MISSING;
  if (bps < 999_500) return `${Math.round(bps / 1000)} kbit/s`;
  return `${(bps / 1e6).toFixed(bps < 9.95e6 ? 1 : 0)} Mbit/s`;
}
