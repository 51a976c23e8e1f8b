import type { Observable } from "../flow/observable.ts";
import type { Deck } from "../view/view_context.ts";
import type { Toast } from "./toast.ts";

/** What the tools of a view work with. */
export interface Bench {
  readonly deck: Deck;
  /** What lies over the picture; menus open in it. */
  readonly layer: HTMLElement;
  readonly toast: Toast;
  readonly hudShown: Observable<boolean>;
  /** When the recording that runs began, milliseconds of `performance.now`; undefined while none runs. */
  readonly recordingSince: Observable<number | undefined>;
  readonly signal: AbortSignal;
  /** Say that which tools there are has changed. */
  reoffer(): void;
  /** Say that a menu was closed. */
  closed(): void;
}
