import type { TransportCandidate } from "../wire/worker_messages.ts";

/** Carries messages to and from the server. */
export interface Transport {
  send(text: string): void;
  /** End it; its listener is not called any more. Twice is fine. */
  close(): void;
}

/** Receives the events of a transport. `onClose` comes last, also when the transport never opened. */
export interface TransportListener {
  onOpen(): void;
  onMessage(data: ArrayBuffer | string): void;
  onClose(code: number, reason: string): void;
}

/** @throws when the browser refuses at once. */
export type OpenTransport = (candidate: TransportCandidate, listener: TransportListener) => Transport;
