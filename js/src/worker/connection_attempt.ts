import { encodeControl } from "../wire/control.ts";
import type { ClientMessage } from "../wire/messages.ts";
import { Capability } from "../wire/messages.ts";
import type { Target, TransportCandidate } from "../wire/worker_messages.ts";
import type { OpenTransport, Transport } from "./transport.ts";

const SUPPORTED: readonly string[] = [
  Capability.JPEG,
  Capability.PNG,
  Capability.WEBP,
  Capability.RECT,
  Capability.VISIBILITY,
  Capability.TRANSPORT,
  Capability.NOTICE,
  Capability.CURSOR,
  Capability.CLIPBOARD,
  Capability.RATE,
  Capability.TIME,
  Capability.INSPECT,
  Capability.CAPTURE,
  Capability.CONTRAST,
  Capability.FIGURE,
];

/** How long to wait before the next candidate is tried in parallel: the Connection Attempt Delay of RFC 8305. */
const ATTEMPT_DELAY_MS = 700;

/** Receives the events of an attempt. */
export interface AttemptListener {
  onOpen(attempt: ConnectionAttempt): void;
  onMessage(attempt: ConnectionAttempt, data: ArrayBuffer | string): void;
  onClose(attempt: ConnectionAttempt, code: number, reason: string): void;
  onOverdue(attempt: ConnectionAttempt): void;
}

/** One attempt to connect to one candidate: it opens, sends `hello` in its turn, and is then adopted or closed. */
export class ConnectionAttempt {
  readonly rank: number;
  readonly candidate: TransportCandidate;
  isOpen = false;
  isHelloSent = false;
  /** The candidate has not answered in time; it may still do so. */
  isOverdue = false;
  readonly #listener: AttemptListener;
  readonly #transport: Transport;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @throws when the browser rejects the URL at once. */
  constructor(rank: number, candidate: TransportCandidate, listener: AttemptListener, open: OpenTransport) {
    this.rank = rank;
    this.candidate = candidate;
    this.#listener = listener;
    this.#transport = open(candidate, {
      onOpen: () => {
        this.isOpen = true;
        listener.onOpen(this);
      },
      onMessage: (data) => listener.onMessage(this, data),
      onClose: (code, reason) => {
        this.stopTimer();
        listener.onClose(this, code, reason);
      },
    });
    this.#startTimer();
  }

  /** Send `hello`, then `stickyMessages`, which the server needs before it sends anything. */
  sendHello({ token, view, devicePixelRatio }: Target, stickyMessages: Iterable<ClientMessage>): void {
    this.isHelloSent = true;
    this.send({
      type: "hello",
      supported: SUPPORTED,
      device_pixel_ratio: devicePixelRatio,
      ...(token === "" ? {} : { token }),
      ...(view === "" ? {} : { view }),
    });
    for (const message of stickyMessages) this.send(message);
    this.#startTimer();
  }

  send(message: ClientMessage): void {
    this.#transport.send(encodeControl(message));
  }

  /** Stop waiting for the answer. */
  stopTimer(): void {
    clearTimeout(this.#timer);
  }

  close(): void {
    this.stopTimer();
    this.#transport.close();
  }

  #startTimer(): void {
    this.stopTimer();
    this.isOverdue = false;
    this.#timer = setTimeout(() => {
      this.isOverdue = true;
      this.#listener.onOverdue(this);
    }, ATTEMPT_DELAY_MS);
  }
}
