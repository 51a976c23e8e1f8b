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
  /** The set of tools that can be offered has changed. */
  onToolsChanged(): void;
  /** A menu was closed. */
  onMenuClosed(): void;
}
