import type { Observable } from "../flow/observable.ts";
import type { ViewContext } from "../view/view_context.ts";
import type { Toast } from "./toast.ts";

/** What the tools of a view share. */
export interface ToolContext {
  readonly viewContext: ViewContext;
  /** Contains the controls over the picture; menus open in it. */
  readonly layer: HTMLElement;
  readonly toast: Toast;
  readonly hudShown: Observable<boolean>;
  /** When the current recording started, milliseconds of `performance.now`; undefined if there is none. */
  readonly recordingSince: Observable<number | undefined>;
  readonly signal: AbortSignal;
  /** The set of available tools has changed. */
  onToolsChanged(): void;
  /** A menu was closed. */
  onMenuClosed(): void;
}
