import type { Observable } from "../flow/observable.ts";
import type { ViewContext } from "../view/view_context.ts";
import type { Toast } from "./toast.ts";

/** What the tools of a view work with. */
export interface ToolContext {
  readonly viewContext: ViewContext;
  /** What lies over the picture; menus open in it. */
  readonly layer: HTMLElement;
  readonly toast: Toast;
  readonly hudShown: Observable<boolean>;
  /** When the recording that runs began, milliseconds of `performance.now`; undefined while none runs. */
  readonly recordingSince: Observable<number | undefined>;
  readonly signal: AbortSignal;
  /** Say that which tools there are has changed. */
  onToolsChanged(): void;
  /** Say that a menu was closed. */
  onMenuClosed(): void;
}
