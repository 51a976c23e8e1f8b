import type { InputEvent } from "../flow/event_merge.ts";
import type { Observable } from "../flow/observable.ts";
import type { RequestTracker } from "../host/request_tracker.ts";
import type { Settings } from "../host/settings.ts";
import type { Traits } from "../host/traits.ts";
import type { ConnectionState, LiveStats } from "../wire/worker_messages.ts";
import type { SharedTransform } from "./shared_transform.ts";

/** The link as its views use it. */
export interface LinkHandle {
  readonly traits: Traits;
  /** The page was exported: nothing will ever be live. */
  readonly isStatic: boolean;
  /** Whether there can be a live picture. */
  readonly canConnect: boolean;
  readonly settings: Settings;
  readonly sharedTransform: SharedTransform;
  readonly requests: RequestTracker;
  readonly state: Observable<ConnectionState>;
  /** What the pictures are encoded as now; empty while that is not known. */
  readonly codec: Observable<string>;
  /** What they could be encoded as. */
  readonly codecs: Observable<readonly string[]>;
  /** The view was resized, or came on screen or left it. */
  update(): void;
  sendEvents(events: readonly InputEvent[]): void;
  /** Try again, whatever keeps the picture away. */
  retry(): void;
  /** Call `listener` with what is measured, several times a second, while `signal` lasts. */
  followStats(listener: (liveStats: LiveStats) => void, signal: AbortSignal): void;
  /** Call `listener` after each frame that is on the canvas, while `signal` lasts. */
  followFrames(listener: () => void, signal: AbortSignal): void;
}
