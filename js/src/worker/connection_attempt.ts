import { encodeControl } from "../wire/control.ts";
import type { ClientMessage } from "../wire/messages.ts";
import { Capability } from "../wire/messages.ts";
import type { Target, Way } from "../wire/worker_messages.ts";
import type { Channel, OpenChannel } from "./transport.ts";

const SUPPORTED: readonly string[] = [
  Capability.JPEG,
  Capability.PNG,
  Capability.WEBP,
  Capability.VISIBILITY,
  Capability.TRANSPORT,
  Capability.NOTICE,
  Capability.CURSOR,
  Capability.CLIPBOARD,
  Capability.RATE,
  Capability.TIME,
  Capability.INSPECT,
  Capability.CAPTURE,
];

/** So long a way may be silent before the next one is tried beside it. */
const PATIENCE_MS = 700;

/** What becomes of an attempt. */
export interface AttemptPort {
  opened(attempt: Attempt): void;
  received(attempt: Attempt, data: ArrayBuffer | string): void;
  closed(attempt: Attempt, code: number, reason: string): void;
  silent(attempt: Attempt): void;
}

/** One try of one way: opened, greeted when its turn has come, and then the connection or given up. */
export class Attempt {
  readonly rank: number;
  readonly way: Way;
  isOpen = false;
  isGreeted = false;
  /** The way did not answer in time. It may still. */
  isSilent = false;
  readonly #port: AttemptPort;
  readonly #channel: Channel;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @throws when the browser refuses at once. */
  constructor(rank: number, way: Way, port: AttemptPort, open: OpenChannel) {
    this.rank = rank;
    this.way = way;
    this.#port = port;
    this.#channel = open(way, {
      opened: () => {
        this.isOpen = true;
        port.opened(this);
      },
      received: (data) => port.received(this, data),
      closed: (code, reason) => {
        this.rest();
        port.closed(this, code, reason);
      },
    });
    this.#beginWait();
  }

  /** Say hello, and `reminders`, what the server must hear of before it sends anything. */
  greet({ token, devicePixelRatio }: Target, reminders: Iterable<ClientMessage>): void {
    this.isGreeted = true;
    this.send({
      type: "hello",
      supported: SUPPORTED,
      device_pixel_ratio: devicePixelRatio,
      ...(token === "" ? {} : { token }),
    });
    for (const message of reminders) this.send(message);
    this.#beginWait();
  }

  send(message: ClientMessage): void {
    this.#channel.send(encodeControl(message));
  }

  /** It need not answer any longer. */
  rest(): void {
    clearTimeout(this.#timer);
  }

  close(): void {
    this.rest();
    this.#channel.close();
  }

  #beginWait(): void {
    this.rest();
    this.isSilent = false;
    this.#timer = setTimeout(() => {
      this.isSilent = true;
      this.#port.silent(this);
    }, PATIENCE_MS);
  }
}
