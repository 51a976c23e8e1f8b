import type { ToolButton } from "./tool_button.ts";

/** A button of the toolbar with its action. */
export interface Tool {
  readonly button: ToolButton;
  /** Whether the browser and the server support it. */
  readonly isOffered: boolean;
  /** Update what no event reports, when the toolbar is shown. */
  refresh?(): void;
}
