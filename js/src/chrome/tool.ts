import type { ToolButton } from "./tool_button.ts";

/** A button that does something. */
export interface Tool {
  readonly button: ToolButton;
  /** Whether it can be had here at all. */
  readonly isOffered: boolean;
  /** Look again at what cannot be followed. */
  refresh?(): void;
}
