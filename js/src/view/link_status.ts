import type { Notice } from "../wire/messages.ts";
import type { LinkState } from "../wire/worker_messages.ts";

/** What a view shows of its link. */
export interface LinkStatus extends LinkState {
  readonly notice: Notice | undefined;
  /** A CSS cursor; empty is the default one. */
  readonly cursor: string;
}
