import type { Notice } from "../wire/messages.ts";
import type { LinkState } from "../wire/worker_messages.ts";

/** The state of a link that its views show. */
export interface LinkStatus extends LinkState {
  readonly notice: Notice | undefined;
  /** A CSS cursor; empty for the default. */
  readonly cursor: string;
}
