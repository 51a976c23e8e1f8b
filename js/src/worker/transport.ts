import type { Way } from "../wire/worker_messages.ts";

/** Carries messages to and from the server, by whatever way. */
export interface Channel {
  send(text: string): void;
  /** End it; its port hears nothing more. Twice is fine. */
  close(): void;
}

/** Who gets what a channel brings. `closed` comes last, also when the channel never opened. */
export interface ChannelPort {
  opened(): void;
  received(data: ArrayBuffer | string): void;
  closed(code: number, reason: string): void;
}

/** @throws when the browser refuses at once. */
export type OpenChannel = (way: Way, port: ChannelPort) => Channel;
