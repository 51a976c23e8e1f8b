import type { CommSay } from "../wire/worker_messages.ts";
import type { Channel, ChannelPort } from "./transport.ts";

/** Python takes a page that says nothing for three times as long for one that is gone. */
const ALIVE_EVERY_MS = 20_000;
/** Of a type that no server knows, which is ignored. */
const ALIVE = JSON.stringify({ type: "alive" });

type Say = (id: string, message: CommSay) => void;

/** Connections that go by the kernel's channel, which the page has and a worker has not. */
export class CommChannels {
  readonly #say: Say;
  readonly #open = new Map<string, CommChannel>();

  constructor(say: Say) {
    this.#say = say;
  }

  open(port: ChannelPort): Channel {
    const id = randomId();
    const channel = new CommChannel(
      port,
      (message) => this.#say(id, message),
      () => this.#open.delete(id),
    );
    this.#open.set(id, channel);
    return channel;
  }

  /** Take what Python said, to this page or to another one that shows the same widget. */
  receive(id: string, data: string | ArrayBuffer): void {
    this.#open.get(id)?.receive(data);
  }

  closed(id: string, code: number, reason: string): void {
    this.#open.get(id)?.end(code, reason);
  }
}

class CommChannel implements Channel {
  readonly #port: ChannelPort;
  readonly #say: (message: CommSay) => void;
  readonly #forget: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #ended = false;

  constructor(port: ChannelPort, say: (message: CommSay) => void, forget: () => void) {
    this.#port = port;
    this.#say = say;
    this.#forget = forget;
    this.#timer = setInterval(() => this.send(ALIVE), ALIVE_EVERY_MS);
    say({ say: "open" });
    // It is there as long as the kernel is, so the greeting need not wait for an answer.
    queueMicrotask(() => this.#ended || port.opened());
  }

  send(text: string): void {
    if (!this.#ended) this.#say({ say: "text", text });
  }

  close(): void {
    if (this.#stop()) this.#say({ say: "close" });
  }

  receive(data: string | ArrayBuffer): void {
    if (!this.#ended) this.#port.received(data);
  }

  end(code: number, reason: string): void {
    if (this.#stop()) this.#port.closed(code, reason);
  }

  #stop(): boolean {
    const first = !this.#ended;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#forget();
    return first;
  }
}

/** Unguessable, because every page that shows the widget hears what goes over the channel. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
