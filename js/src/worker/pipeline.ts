import { AckLedger } from "../flow/ack_ledger.ts";
import { assertNever } from "../flow/assert_never.ts";
import { ServerClock } from "../flow/clock_offset.ts";
import { Newest } from "../flow/sequence_filter.ts";
import { workerSkew } from "../flow/version_skew.ts";
import { VERSION } from "../flow/version.ts";
import { parseControl } from "../wire/control.ts";
import type { Envelope } from "../wire/envelope.ts";
import { parseEnvelope } from "../wire/envelope.ts";
import type { CaptureHeader, ClientMessage, Config, Header, ImageHeader, ServerMessage } from "../wire/messages.ts";
import { Capability } from "../wire/messages.ts";
import type { FrameShape, FromWorker, Standing, Target, ToWorker, Way } from "../wire/worker_messages.ts";
import { WireError } from "../wire/wire_error.ts";
import type { Channel, ChannelPort } from "./transport.ts";
import { CommChannels } from "./comm_transport.ts";
import { Connection } from "./connection.ts";
import type { DecodedImage } from "./image_decoder.ts";
import { ImageDecoder } from "./image_decoder.ts";
import { SocketChannel } from "./websocket_transport.ts";
import { Stage } from "./offscreen_presenter.ts";
import { Telemetry } from "./telemetry.ts";

type Post = (message: FromWorker, transfer?: Transferable[]) => void;

type FrameHeader = Exclude<Header, CaptureHeader>;

const PROBED_WITHIN_MS = 5_000;
/** The server is asked for its time now and then, and at first until an answer was quick. */
const ASK_TIME_EVERY_MS = 10_000;
const ASK_TIME_AGAIN_MS = 100;
const MOST_QUESTIONS = 20;
const PRECISE_MS = 0.5;

/** The way of a frame from the server to the page, or to the worker's own canvases, and of its ack back. */
export class Pipeline {
  readonly #post: Post;
  readonly #comms: CommChannels;
  readonly #connection: Connection;
  readonly #decoder: ImageDecoder;
  readonly #telemetry: Telemetry;
  readonly #ledger = new AckLedger();
  readonly #newest = new Newest();
  readonly #stage = new Stage();
  readonly #clock = new ServerClock();
  /** When the frames were published that are under way, by their tickets; microseconds on the server's clock. */
  readonly #underWay = new Map<number, FrameHeader>();
  #tickets = 0;
  #following = false;
  #knowsTime = false;
  /** The next frame may have been published long ago, and come only now that somebody wants it. */
  #isLate = true;
  #askedTimeMs = -Infinity;
  #questions = 0;
  #offscreen = false;
  #shape = "";
  #standingNow: Standing = { state: "connecting", error: "", rung: undefined, why: "" };
  #told = "";
  #complaint = "";

  constructor(post: Post) {
    this.#post = post;
    this.#comms = new CommChannels((id, message) => post({ type: "comm", id, message }));
    this.#connection = new Connection(
      {
        opened: () => this.#onOpened(),
        received: (data) => this.#onReceived(data),
        refused: () => post({ type: "refused" }),
        changed: (standing) => this.#onChanged(standing),
      },
      { open: (way, port) => this.#openChannel(way, port), probe, random: Math.random },
    );
    this.#decoder = new ImageDecoder({
      decoded: (image) => this.#deliver(image),
      dropped: (ticket) => this.#settle(ticket, false),
      failed: (ticket, why) => this.#fail(ticket, why),
    });
    this.#telemetry = new Telemetry({
      stats: (stats) => post({ type: "stats", stats }),
      gauges: (gauges) => post({ type: "gauges", gauges }),
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
        return message.messages.forEach((each) => this.#say(each));
      case "wake":
        return this.#connection.wake();
      case "retry":
        return this.#connection.retry();
      case "disconnect":
        return this.#connection.stop();
      case "comm":
        return this.#comms.receive(message.id, message.data);
      case "comm_closed":
        return this.#comms.closed(message.id, message.code, message.reason);
      case "canvas":
        return this.#stage.add(message.id, message.canvas);
      case "canvas_gone":
        return this.#stage.remove(message.id);
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

  #say(message: ClientMessage): void {
    if (message.type === "visibility") this.#isLate = true;
    this.#connection.send(message);
  }

  #openChannel(way: Way, port: ChannelPort): Channel {
    return way.rung === "comm" ? this.#comms.open(port) : new SocketChannel(way.url, port);
  }

  #connect(target: Target, offscreen: boolean): void {
    this.#offscreen = offscreen;
    const error = workerSkew(VERSION, target.version);
    if (error === "") this.#connection.connect(target);
    else this.#onChanged({ state: "error", error, rung: undefined, why: error });
  }

  #onOpened(): void {
    this.#ledger.reset();
    this.#newest.reset();
    this.#decoder.reset();
    this.#underWay.clear();
    this.#clock.reset();
    this.#knowsTime = false;
  }

  #onChanged(standing: Standing): void {
    this.#standingNow = standing;
    this.#complaint = "";
    this.#telemetry.carriedBy(standing.rung ?? "", standing.why);
    this.#tell();
  }

  #onReceived(data: ArrayBuffer | string): void {
    try {
      if (typeof data !== "string") return this.#onFrame(parseEnvelope(data));
      const message = parseControl(data);
      if (message !== undefined) this.#onControl(message);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#complain(`The server sent a malformed message: ${error.message}.`);
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
      this.#clock.sample(message.sent_ms, message.server_us, timeMs());
      return;
    }
    this.#post({ type: "server", message });
  }

  #onConfig({ codec, transport, extras = [] }: Config): void {
    this.#newest.reset();
    this.#telemetry.negotiated(codec ?? transport);
    this.#knowsTime = extras.includes(Capability.TIME);
    this.#askedTimeMs = -Infinity;
    this.#questions = 0;
    this.#isLate = true;
    this.#connection.settled();
    this.#askTime();
  }

  /** Now and then, as long as pictures come. */
  #askTime(): void {
    const nowMs = timeMs();
    // A page that loads, or a server that starts, is slow to answer.
    const isVague = this.#clock.errorMs > PRECISE_MS && this.#questions < MOST_QUESTIONS;
    const everyMs = isVague ? ASK_TIME_AGAIN_MS : ASK_TIME_EVERY_MS;
    if (!this.#knowsTime || nowMs - this.#askedTimeMs < everyMs) return;
    this.#askedTimeMs = nowMs;
    this.#questions += 1;
    this.#connection.send({ type: "ask_time", sent_ms: nowMs });
  }

  #onFrame({ header, payload }: Envelope): void {
    if (header.type === "capture") return this.#onCapture(header, payload);
    this.#tickets += 1;
    const ticket = this.#tickets;
    this.#ledger.open(ticket, header.seq);
    this.#underWay.set(ticket, header);
    if (!this.#newest.admits(header.seq)) {
      this.#settle(ticket, false);
    } else if (header.type === "video_chunk" || header.rect !== undefined) {
      this.#fail(
        ticket,
        `Frame ${header.seq} is of a kind that this page did not ask for; update marimo-rfb on the server.`,
      );
    } else {
      this.#decoder.push({ ticket, header, payload });
    }
  }

  #onCapture({ id, mime }: CaptureHeader, payload: Uint8Array<ArrayBuffer>): void {
    this.#post({ type: "captured", id, mime, bytes: payload }, [payload.buffer]);
  }

  #deliver(image: DecodedImage): void {
    this.#telemetry.decoded(image.decodeMs);
    if (this.#offscreen) {
      this.#paint(image);
      return;
    }
    const { ticket, header, bitmap } = image;
    this.#post({ type: "frame", ticket, bitmap, shape: shapeOf(header) }, [bitmap]);
  }

  #paint({ ticket, header, bitmap }: DecodedImage): void {
    this.#stage.paint(bitmap);
    const shape = shapeOf(header);
    const key = JSON.stringify(shape);
    if (key !== this.#shape) this.#post({ type: "shape", shape });
    this.#shape = key;
    if (this.#following) this.#post({ type: "painted" });
    this.#settle(ticket, true);
  }

  #settle(ticket: number, displayed: boolean): void {
    if (displayed) {
      const header = this.#underWay.get(ticket);
      this.#telemetry.displayed(this.#isLate ? undefined : this.#latencyMs(header), isLossless(header));
      this.#isLate = false;
    }
    this.#underWay.delete(ticket);
    for (const settled of this.#ledger.settle(ticket, displayed)) {
      this.#connection.send({ type: "ack", ...settled, decode_queue_size: this.#decoder.queueSize });
      this.#telemetry.count(settled);
    }
    if (displayed && this.#complaint !== "") this.#complain("");
    this.#askTime();
  }

  #latencyMs(header: FrameHeader | undefined): number | undefined {
    const { aheadMs } = this.#clock;
    // A picture that has come to rest was shown before, and not as it is now.
    if (header === undefined || aheadMs === undefined || isSettled(header)) return undefined;
    // Clocks that are not quite known may say that it was shown before it was published.
    return Math.max(0, timeMs() + aheadMs - header.timestamp_us / 1000);
  }

  #fail(ticket: number, why: string): void {
    this.#settle(ticket, false);
    this.#complain(why);
  }

  /** Something is wrong with one message; the stream goes on, and the next frame that is shown takes it back. */
  #complain(why: string): void {
    this.#complaint = why;
    this.#tell();
  }

  #tell(): void {
    const standing = { ...this.#standingNow, ...(this.#complaint === "" ? {} : { error: this.#complaint }) };
    const text = JSON.stringify(standing);
    if (text === this.#told) return;
    this.#told = text;
    this.#post({ type: "standing", standing });
  }
}

function isSettled(header: FrameHeader): boolean {
  return header.type === "image_frame" && header.lossless !== undefined;
}

function isLossless(header: FrameHeader | undefined): boolean {
  return header?.type === "image_frame" && (header.lossless ?? header.mime === "image/png");
}

async function probe(url: string): Promise<number | undefined> {
  try {
    const signal = AbortSignal.timeout(PROBED_WITHIN_MS);
    // A page that asks somebody to sign in is not the answer of a server that knows us.
    return (await fetch(url, { cache: "no-store", redirect: "manual", signal })).status;
  } catch {
    return undefined;
  }
}

/** The time of day in milliseconds, finer than `Date.now`. */
function timeMs(): number {
  return performance.timeOrigin + performance.now();
}

function shapeOf({ width, height, pixel_ratio }: ImageHeader): FrameShape {
  return { width, height, pixelRatio: pixel_ratio ?? 1 };
}
