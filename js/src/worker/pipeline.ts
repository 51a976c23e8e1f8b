import { AckLedger } from "../flow/ack_ledger.ts";
import { assertNever } from "../flow/assert_never.ts";
import { ClockOffset } from "../flow/clock_offset.ts";
import { SequenceFilter } from "../flow/sequence_filter.ts";
import { VERSION } from "../flow/version.ts";
import { workerSkew } from "../flow/version_skew.ts";
import { parseControl } from "../wire/control.ts";
import type { Envelope } from "../wire/envelope.ts";
import { parseEnvelope } from "../wire/envelope.ts";
import type { CaptureHeader, ClientMessage, Config, FileHeader, Header, ServerMessage } from "../wire/messages.ts";
import { Capability } from "../wire/messages.ts";
import { WireError } from "../wire/wire_error.ts";
import type {
  FrameShape,
  FromWorker,
  LinkState,
  Target,
  ToWorker,
  TransportCandidate,
} from "../wire/worker_messages.ts";
import { CommTransports } from "./comm_transport.ts";
import { Connection } from "./connection.ts";
import type { DecodedPicture } from "./image_decoder.ts";
import { ImageDecoder } from "./image_decoder.ts";
import { OffscreenPresenter } from "./offscreen_presenter.ts";
import { Telemetry } from "./telemetry.ts";
import type { Transport, TransportListener } from "./transport.ts";
import { WebSocketTransport } from "./websocket_transport.ts";

type Post = (message: FromWorker, transfer?: Transferable[]) => void;

type FrameHeader = Exclude<Header, CaptureHeader | FileHeader>;

const PROBE_TIMEOUT_MS = 5_000;
/** Clock samples: at short intervals until one is precise, then at long ones. */
const TIME_INTERVAL_MS = 10_000;
const TIME_RETRY_MS = 100;
const MAX_QUICK_TIME_REQUESTS = 20;
const PRECISE_MS = 0.5;
/** A reason may quote what the server sent. */
const MAX_REASON = 200;
/** Of a picture whose header does not say whether it is lossless. */
const LOSSLESS_MIME = "image/png";

/** Takes frames from the server to the page, or to the worker's own canvases, and sends their acks. */
export class Pipeline {
  readonly #post: Post;
  readonly #comms: CommTransports;
  readonly #connection: Connection;
  readonly #decoder: ImageDecoder;
  readonly #telemetry: Telemetry;
  readonly #ledger = new AckLedger();
  readonly #sequenceFilter = new SequenceFilter();
  readonly #offscreenPresenter: OffscreenPresenter;
  readonly #clockOffset = new ClockOffset();
  /** The headers of the frames in flight, by ticket. */
  readonly #inFlight = new Map<number, FrameHeader>();
  #tickets = 0;
  #following = false;
  #serverHasTime = false;
  /** Whether the picture that is shown is exactly what was published. */
  #isLossless = false;
  /** The next frame may have been published long before the page subscribed, so it gives no latency. */
  #isLate = true;
  /** The time of `publish` of the frame that was shown last. */
  #shownTimestampUs = -1;
  #timeRequestedMs = -Infinity;
  #timeRequests = 0;
  #offscreen = false;
  #shape = "";
  #linkState: LinkState = { state: "connecting", error: "", transport: undefined, why: "" };
  #postedState = "";
  #frameError = "";

  constructor(post: Post) {
    this.#post = post;
    this.#comms = new CommTransports((id, message) => post({ type: "comm", id, message }));
    this.#connection = new Connection(
      {
        onOpen: () => this.#onOpened(),
        onMessage: (data) => this.#onReceived(data),
        onUnauthorized: () => post({ type: "refused" }),
        onStateChange: (linkState) => this.#onChanged(linkState),
      },
      { open: (candidate, listener) => this.#openTransport(candidate, listener), probe, random: Math.random },
    );
    this.#decoder = new ImageDecoder({
      onDecoded: (picture) => this.#deliver(picture),
      onDropped: (ticket) => this.#settle(ticket, false),
      onFailed: (ticket, why) => this.#fail(ticket, why),
      onWholeNeeded: (why) => this.#requestWhole(why),
    });
    this.#offscreenPresenter = new OffscreenPresenter((id, isSpare) => post({ type: "canvas_shown", id, isSpare }));
    this.#telemetry = new Telemetry({
      onStats: (stats) => post({ type: "stats", stats }),
      onLiveStats: (liveStats) => post({ type: "gauges", gauges: liveStats }),
      decodeQueueSize: () => this.#decoder.queueSize,
    });
  }

  receive(message: ToWorker): void {
    if (typeof message === "number") {
      this.#settle(message, true);
      return;
    }
    switch (message.type) {
      case "connect":
        return this.#connect(message.target, message.offscreen);
      case "send":
        return message.messages.forEach((each) => this.#send(each));
      case "wake":
        return this.#connection.wake();
      case "retry":
        return this.#connection.retry();
      case "disconnect":
        return this.#connection.stop();
      case "comm":
        return this.#comms.receive(message.id, message.data);
      case "comm_closed":
        return this.#comms.onClose(message.id, message.code, message.reason);
      case "canvas":
        return this.#offscreenPresenter.add(message.id, message.canvas, message.spare);
      case "canvas_gone":
        return this.#offscreenPresenter.remove(message.id);
      case "watch":
        this.#telemetry.watching = message.watching;
        return;
      case "follow":
        this.#following = message.following;
        return;
      default:
        return assertNever(message);
    }
  }

  #send(message: ClientMessage): void {
    if (message.type === "visibility") this.#isLate = true;
    this.#connection.send(message);
  }

  #openTransport(candidate: TransportCandidate, listener: TransportListener): Transport {
    return candidate.kind === "comm" ? this.#comms.open(listener) : new WebSocketTransport(candidate.url, listener);
  }

  #connect(target: Target, offscreen: boolean): void {
    this.#offscreen = offscreen;
    const error = workerSkew(VERSION, target.version);
    if (error === "") this.#connection.connect(target);
    else this.#onChanged({ state: "error", error, transport: undefined, why: error });
  }

  #onOpened(): void {
    this.#ledger.reset();
    this.#sequenceFilter.reset();
    this.#decoder.reset();
    this.#inFlight.clear();
    this.#clockOffset.reset();
    this.#serverHasTime = false;
  }

  #onChanged(linkState: LinkState): void {
    this.#linkState = linkState;
    this.#frameError = "";
    this.#telemetry.setTransport(linkState.transport ?? "", linkState.why);
    this.#postState();
  }

  #onReceived(data: ArrayBuffer | string): void {
    try {
      if (typeof data !== "string") return this.#onEnvelope(parseEnvelope(data));
      const message = parseControl(data);
      if (message !== undefined) this.#onControl(message);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const why = `The server sent a malformed message: ${error.message}.`;
      // It may have been a picture that the next rectangles apply to.
      if (typeof data !== "string") this.#decoder.lose(why);
      this.#setFrameError(why);
    }
  }

  #onControl(message: ServerMessage): void {
    if (message.type === "config") {
      this.#onConfig(message);
    } else if (message.type === "stats") {
      this.#telemetry.fromServer(message);
    } else if (message.type === "bye") {
      this.#connection.end(message.reason);
    } else if (message.type === "time") {
      this.#clockOffset.addSample(message.sent_ms, message.server_us, timeMs());
      return;
    }
    this.#post({ type: "server", message });
  }

  #onConfig({ codec, transport, extras = [] }: Config): void {
    this.#sequenceFilter.reset();
    this.#decoder.requireWhole();
    this.#telemetry.setCodec(codec ?? transport);
    this.#serverHasTime = extras.includes(Capability.TIME);
    this.#timeRequestedMs = -Infinity;
    this.#timeRequests = 0;
    this.#isLate = true;
    this.#connection.negotiated();
    this.#requestTime();
  }

  /** Called for each frame, so that an idle stream sends nothing. */
  #requestTime(): void {
    const nowMs = timeMs();
    // While the page loads or the server starts, answers are slow and so imprecise.
    const isVague = this.#clockOffset.errorMs > PRECISE_MS && this.#timeRequests < MAX_QUICK_TIME_REQUESTS;
    const everyMs = isVague ? TIME_RETRY_MS : TIME_INTERVAL_MS;
    if (!this.#serverHasTime || nowMs - this.#timeRequestedMs < everyMs) return;
    this.#timeRequestedMs = nowMs;
    this.#timeRequests += 1;
    this.#connection.send({ type: "ask_time", sent_ms: nowMs });
  }

  #onEnvelope({ header, payload }: Envelope): void {
    switch (header.type) {
      case "capture":
        return this.#onCapture(header, payload);
      case "file":
        return this.#onFile(header, payload);
      default:
        return this.#onFrame(header, payload);
    }
  }

  #onFrame(header: FrameHeader, payload: Uint8Array<ArrayBuffer>): void {
    this.#tickets += 1;
    const ticket = this.#tickets;
    this.#ledger.open(ticket, header.seq, performance.now());
    this.#inFlight.set(ticket, header);
    // The whole picture that was requested may have the number of rectangles that were dropped.
    const isDoomed = header.type === "image_rects" && this.#decoder.awaitsWhole;
    if (!isDoomed && !this.#sequenceFilter.accepts(header.seq)) {
      this.#settle(ticket, false);
    } else if (header.type === "video_chunk") {
      this.#fail(
        ticket,
        `The server sent frame ${header.seq} in an unsupported format. Update marimo-rfb on the server.`,
      );
    } else {
      this.#decoder.push({ ticket, header, payload });
    }
  }

  #onCapture({ id, mime }: CaptureHeader, payload: Uint8Array<ArrayBuffer>): void {
    this.#post({ type: "captured", id, mime, bytes: payload }, [payload.buffer]);
  }

  #onFile({ name, mime }: FileHeader, payload: Uint8Array<ArrayBuffer>): void {
    this.#post({ type: "file", name, mime, bytes: payload }, [payload.buffer]);
  }

  #requestWhole(why: string): void {
    this.#sequenceFilter.reset();
    this.#connection.send({ type: "request_keyframe", reason: why.slice(0, MAX_REASON) });
  }

  #deliver(picture: DecodedPicture): void {
    this.#telemetry.decoded(picture.decodeMs);
    if (this.#offscreen) {
      this.#paint(picture);
      return;
    }
    const { ticket, header, bitmaps } = picture;
    const transfer = bitmaps.map(({ bitmap }) => bitmap);
    this.#post({ type: "frame", ticket, bitmaps, isWhole: isWhole(header), shape: shapeOf(header) }, transfer);
  }

  #paint({ ticket, header, bitmaps }: DecodedPicture): void {
    this.#offscreenPresenter.paint(bitmaps, isWhole(header), header);
    const shape = shapeOf(header);
    const key = JSON.stringify(shape);
    if (key !== this.#shape) this.#post({ type: "shape", shape });
    this.#shape = key;
    if (this.#following) this.#post({ type: "painted" });
    this.#settle(ticket, true);
  }

  #settle(ticket: number, displayed: boolean): void {
    if (displayed) {
      const header = this.#inFlight.get(ticket);
      // A settled picture, for one, repeats a frame that was shown before.
      const isNewFrame = header?.timestamp_us !== this.#shownTimestampUs;
      const latencyMs = this.#isLate || !isNewFrame ? undefined : this.#latencyMs(header);
      if (header !== undefined) {
        this.#isLossless = isLossless(header, this.#isLossless);
        this.#shownTimestampUs = header.timestamp_us;
      }
      this.#telemetry.displayed({ latencyMs, isLossless: this.#isLossless, isNewFrame });
      this.#isLate = false;
    }
    this.#inFlight.delete(ticket);
    for (const settled of this.#ledger.settle(ticket, displayed)) {
      const { seq, displayed, receivedMs } = settled;
      const delay_ms = Math.round(10 * (performance.now() - receivedMs)) / 10;
      this.#connection.send({ type: "ack", seq, displayed, decode_queue_size: this.#decoder.queueSize, delay_ms });
      this.#telemetry.count(settled);
    }
    if (displayed && this.#frameError !== "") this.#setFrameError("");
    this.#requestTime();
  }

  #latencyMs(header: FrameHeader | undefined): number | undefined {
    const { offsetMs } = this.#clockOffset;
    if (header === undefined || offsetMs === undefined) return undefined;
    // With an imprecise clock offset the result may be negative.
    return Math.max(0, timeMs() + offsetMs - header.timestamp_us / 1000);
  }

  #fail(ticket: number, why: string): void {
    this.#settle(ticket, false);
    this.#setFrameError(why);
  }

  /** Report an error in one message. The stream continues, and the next displayed frame clears the error. */
  #setFrameError(why: string): void {
    this.#frameError = why;
    this.#postState();
  }

  #postState(): void {
    const linkState = { ...this.#linkState, ...(this.#frameError === "" ? {} : { error: this.#frameError }) };
    const text = JSON.stringify(linkState);
    if (text === this.#postedState) return;
    this.#postedState = text;
    this.#post({ type: "standing", standing: linkState });
  }
}

/** Whether the picture is exactly what was published; `wasLossless`: the picture before it was. */
function isLossless(header: FrameHeader, wasLossless: boolean): boolean {
  if (header.type === "video_chunk") return false;
  if (header.type === "image_frame") return header.lossless ?? header.mime === LOSSLESS_MIME;
  return header.lossless ?? (wasLossless && header.mimes.every((mime) => mime === LOSSLESS_MIME));
}

function isWhole(header: FrameHeader): boolean {
  return header.type === "image_frame";
}

async function probe(url: string): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    // A redirect, usually to a sign-in page, is not the server's own answer.
    return (await fetch(url, { cache: "no-store", redirect: "manual", signal })).status;
  } catch {
    return undefined;
  }
}

/** The time of day in milliseconds, finer than `Date.now`. */
function timeMs(): number {
  return performance.timeOrigin + performance.now();
}

function shapeOf({ width, height, pixel_ratio }: FrameHeader): FrameShape {
  return { width, height, pixelRatio: pixel_ratio ?? 1 };
}
