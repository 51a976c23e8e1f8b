import type { InputEvent } from "../flow/event_merge.ts";
import type { Observable } from "../flow/observable.ts";
import type { PictureState } from "../host/picture_state.ts";
import type { RequestTracker } from "../host/request_tracker.ts";
import type { Settings } from "../host/settings.ts";
import type { Traits } from "../host/traits.ts";
import type { SetContrast } from "../wire/messages.ts";
import type { ConnectionState, LiveStats } from "../wire/worker_messages.ts";
import type { SharedTransform } from "./shared_transform.ts";

/** The part of a link that its views use. */
export interface LinkHandle {
  readonly traits: Traits;
  /** The page is an export, which never connects. */
  readonly isStatic: boolean;
  /** Whether there can be a live picture. */
  readonly canConnect: boolean;
  readonly settings: Settings;
  readonly sharedTransform: SharedTransform;
  readonly requests: RequestTracker;
  readonly picture: PictureState;
  readonly state: Observable<ConnectionState>;
  /** The current codec; empty while unknown. */
  readonly codec: Observable<string>;
  /** The codecs to choose from. */
  readonly codecs: Observable<readonly string[]>;
  /** The view was resized, or came on screen or left it. */
  update(): void;
  sendEvents(events: readonly InputEvent[]): void;
  /** Change how numbers are shown, for all viewers. */
  setContrast(message: SetContrast): void;
  /** Reconnect now, whatever the state. */
  retry(): void;
  /** Call `listener` with live statistics several times a second, until `signal` aborts. */
  followStats(listener: (liveStats: LiveStats) => void, signal: AbortSignal): void;
  /** Call `listener` after each frame is painted on the canvas, until `signal` aborts. */
  followFrames(listener: () => void, signal: AbortSignal): void;
}
