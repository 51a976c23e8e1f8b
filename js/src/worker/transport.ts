import type { TransportCandidate } from "../wire/worker_messages.ts";

/** Carries messages to and from the server. */
export interface Transport {
  send(text: string): void;
  /** Close it; idempotent. The listener is not called any more. */
  close(): void;
}

/** Receives the events of a transport. `onClose` comes last, even if the transport never opened. */
export interface TransportListener {
  onOpen(): void;
  onMessage(data: ArrayBuffer | string): void;
  onClose(code: number, reason: string): void;
}

/** @throws when the browser rejects the URL at once. */
export type OpenTransport = (candidate: TransportCandidate, listener: TransportListener) => Transport;
