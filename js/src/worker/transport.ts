import type { TransportCandidate } from "../wire/worker_messages.ts";

/** Carries messages to and from the server, by whatever way. */
export interface Transport {
  send(text: string): void;
  /** End it; its port hears nothing more. Twice is fine. */
  close(): void;
}

/** Who gets what a channel brings. `closed` comes last, also when the channel never opened. */
export interface TransportListener {
  onOpen(): void;
  onMessage(data: ArrayBuffer | string): void;
  onClose(code: number, reason: string): void;
}

/** @throws when the browser refuses at once. */
export type OpenTransport = (candidate: TransportCandidate, listener: TransportListener) => Transport;
