import { AckLedger } from "../flow/ack_ledger.ts";
import { assertNever } from "../flow/assert_never.ts";
import { Newest } from "../flow/newest.ts";
import { parseControl } from "../wire/control.ts";
import type { Envelope } from "../wire/envelope.ts";
import { parseEnvelope } from "../wire/envelope.ts";
import type { ClientMessage, ImageHeader, ServerMessage } from "../wire/messages.ts";
import type { FrameShape, FromWorker, State, Target, ToWorker } from "../wire/port.ts";
import { WireError } from "../wire/wire_error.ts";
import { Connection } from "./connection.ts";
import type { DecodedImage } from "./image_decoder.ts";
import { ImageDecoder } from "./image_decoder.ts";
import { Stage } from "./stage.ts";
import { Telemetry } from "./telemetry.ts";

type Post = (message: FromWorker, transfer?: Transferable[]) => void;

/** The way of a frame from the socket to the page, or to the worker's own canvases, and of its ack back. */
export class Pipeline {
  readonly #post: Post;
  readonly #connection: Connection;
  readonly #decoder: ImageDecoder;
  readonly #telemetry: Telemetry;
  readonly #ledger = new AckLedger();
  readonly #newest = new Newest();
  readonly #stage = new Stage();
  /** What a new socket must hear again: the size of the view, and that nobody looks. */
  readonly #standing = new Map<string, ClientMessage>();
  #tickets = 0;
  #offscreen = false;
  #shape = "";
  #state: State = "connecting";
  #error = "";
  #frameFailed = false;

  constructor(post: Post) {
    this.#post = post;
    this.#connection = new Connection(
      {
        opened: () => this.#onOpened(),
        received: (data) => this.#onReceived(data),
        changed: (state, error) => this.#tell(state, error),
      },
      Math.random,
    );
    this.#decoder = new ImageDecoder({
      decoded: (image) => this.#deliver(image),
      dropped: (ticket) => this.#settle(ticket, false),
      failed: (ticket, why) => this.#fail(ticket, why),
    });
    this.#telemetry = new Telemetry(
      (stats) => post({ type: "stats", stats }),
      () => this.#decoder.queueSize,
    );
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
      case "disconnect":
        return this.#connection.stop();
      case "canvas":
        return this.#stage.add(message.id, message.canvas);
      case "canvas_gone":
        return this.#stage.remove(message.id);
      default:
        return assertNever(message);
    }
  }

  #connect(target: Target, offscreen: boolean): void {
    this.#offscreen = offscreen;
    this.#connection.connect(target);
  }

  #send(message: ClientMessage): void {
    if (message.type === "set_viewport") this.#standing.set(message.type, message);
    // Visible is what a server assumes; a server that never heard of visibility need not hear it then.
    if (message.type === "visibility") {
      if (message.visible) this.#standing.delete(message.type);
      else this.#standing.set(message.type, message);
    }
    this.#connection.send(message);
  }

  #onOpened(): void {
    this.#ledger.reset();
    this.#newest.reset();
    this.#decoder.reset();
    for (const message of this.#standing.values()) this.#connection.send(message);
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
      this.#newest.reset();
      this.#connection.settled();
      this.#telemetry.negotiated(message.transport);
      this.#tell("negotiated", "");
    } else if (message.type === "stats") {
      this.#telemetry.fromServer(message);
    } else if (message.type === "bye") {
      this.#connection.stop();
      this.#tell("closed", message.reason);
    }
    this.#post({ type: "server", message });
  }

  #onFrame({ header, payload }: Envelope): void {
    this.#tickets += 1;
    const ticket = this.#tickets;
    this.#ledger.open(ticket, header.seq);
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

  #deliver(image: DecodedImage): void {
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
    this.#settle(ticket, true);
  }

  #settle(ticket: number, displayed: boolean): void {
    for (const settled of this.#ledger.settle(ticket, displayed)) {
      this.#connection.send({ type: "ack", ...settled, decode_queue_size: this.#decoder.queueSize });
      this.#telemetry.count(settled);
    }
    if (displayed && this.#frameFailed) {
      this.#frameFailed = false;
      this.#tell(this.#state, "");
    }
  }

  #fail(ticket: number, why: string): void {
    this.#settle(ticket, false);
    this.#complain(why);
  }

  /** Something is wrong with one message; the stream goes on, and the next frame that is shown takes it back. */
  #complain(why: string): void {
    this.#frameFailed = true;
    this.#tell(this.#state, why);
  }

  #tell(state: State, error: string): void {
    if (state === this.#state && error === this.#error) return;
    this.#state = state;
    this.#error = error;
    this.#post({ type: "state", state, error });
  }
}

function shapeOf({ width, height, pixel_ratio }: ImageHeader): FrameShape {
  return { width, height, pixelRatio: pixel_ratio ?? 1 };
}
