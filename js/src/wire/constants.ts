// Generated from marimo_rfb by js/generate_wire.py; do not edit.

/** The tools of a toolbar, in their default order. */
export const TOOLS = [
  "play",
  "screenshot",
  "record",
  "fullscreen",
  "fit",
  "zoom_in",
  "zoom_out",
  "zoom_reset",
  "inspect",
  "codec",
  "hud",
] as const;

export type ToolName = (typeof TOOLS)[number];

/** Which events merge, and which fields must be the same on both for it. */
export const MERGED_WHEN_SAME = {
  resize: [],
  pointer_move: ["buttons", "modifiers", "ntouches", "pointer_id"],
  wheel: ["buttons", "modifiers"],
} as const;

/** A press that moved further is a drag: a hand that clicks moves by about this much. */
export const DRAG_SLOP_CSS_PX = 3;

/** With more presses at once, the oldest is forgotten: its release may be lost. */
export const MAX_PRESSES = 16;
