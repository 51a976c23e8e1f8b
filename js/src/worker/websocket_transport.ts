import { CloseCode } from "../wire/messages.ts";
import type { Channel, ChannelPort } from "./transport.ts";

/** A WebSocket of its own. */
export class SocketChannel implements Channel {
  readonly #socket: WebSocket;
  readonly #listening = new AbortController();

  constructor(url: string, port: ChannelPort) {
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    const { signal } = this.#listening;
    this.#socket.addEventListener("open", () => port.opened(), { signal });
    this.#socket.addEventListener("message", (event) => port.received(event.data), { signal });
    this.#socket.addEventListener("close", ({ code, reason }) => port.closed(code, reason), { signal });
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(): void {
    this.#listening.abort();
    this.#socket.close(CloseCode.NORMAL);
  }
}
