// Generated from marimo_rfb by js/generate_wire.py; do not edit.

/** All tools of a toolbar. */
export const TOOLS = [
  "play",
  "screenshot",
  "record",
  "fullscreen",
  "fit",
  "zoom_in",
  "zoom_out",
  "zoom_reset",
  "contrast",
  "inspect",
  "codec",
  "hud",
  "home",
  "back",
  "forward",
  "pan",
  "zoom_rect",
  "save",
] as const;

export type ToolName = (typeof TOOLS)[number];

/** The tools of a toolbar that lists none, in their order. */
export const DEFAULT_TOOLS: readonly ToolName[] = [
  "play",
  "screenshot",
  "record",
  "fullscreen",
  "fit",
  "zoom_in",
  "zoom_out",
  "zoom_reset",
  "contrast",
  "inspect",
  "codec",
  "hud",
];

/** The tools that act on a figure, in Python. */
export const FIGURE_TOOLS = [
  "home",
  "back",
  "forward",
  "pan",
  "zoom_rect",
  "save",
] as const satisfies readonly ToolName[];

export type FigureToolName = (typeof FIGURE_TOOLS)[number];

/** Why a viewer gets the quality that it gets. */
export const LAYER_REASONS = ["full", "network", "decoding", "max_bitrate", "shared", "probing", "pinned"] as const;

export type LayerReason = (typeof LAYER_REASONS)[number];

/** The first colour of each built-in colormap, and 15 more at equal distances, to its last one. */
export const COLORMAPS = {
  gray: "000000111111222222333333444444555555666666777777888888999999aaaaaabbbbbbccccccddddddeeeeeeffffff",
  gray_r: "ffffffeeeeeeddddddccccccbbbbbbaaaaaa999999888888777777666666555555444444323232212121101010000000",
  viridis: "44015448196b462f7c40438738568b30678d29788e23888d1e988a22a78435b77853c56779d151a5da35d2e11bfde724",
  magma: "0000030b08241f114b3b0f6f57147d711f818c2980a7317dc33b74dd4968f0605dfa7f5efd9f6cfebe83fddd9ffbfcbf",
  inferno: "0000030b0726240b4e4109675d126e781c6d932567ae305bc73e4cdc5039ed6825f7850efba40af9c52cf2e660fcfea4",
  plasma: "0c07863304974f02a26a00a78405a69b179eb02a8fc23d80d25070e06461ec7853f68e44fca635fdc029f9db24eff821",
  cividis: "00224d002e6b1d396e35456c47516b575d6d666970747575848178948e77a59b73b6a96ec8b765dac65aedd648fde737",
  turbo: "30123b4043a64670e83e9bfe21c4e11ae4b646f78387fe4db9f534e1dc37f9ba38fd8c27ef5a11d63405ae18017a0402",
  coolwarm: "3a4cc04e69d86485eb7b9ef892b4feaac6fdc0d3f5d3dbe6e5d8d0f1cab6f6b79cf5a081ed8467df644fcc3f39b30326",
  twilight: "e1d8e2bfccd28eb0c56d90bf606bb75d43a4531d7c3810463a113a62184b8c2b50ab4c50bf735dca9d81d7c3b9e1d8e1",
} as const satisfies Record<string, string>;

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
