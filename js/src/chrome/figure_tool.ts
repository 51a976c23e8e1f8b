import type { FigureToolName } from "../wire/constants.ts";
import type { IconName } from "./icons.ts";
import type { Tool } from "./tool.ts";
import { ToolButton } from "./tool_button.ts";
import type { ToolContext } from "./tool_context.ts";

const FACES: Readonly<Record<FigureToolName, { readonly icon: IconName; readonly name: string }>> = {
  home: { icon: "home", name: "Home" },
  back: { icon: "back", name: "Back" },
  forward: { icon: "forward", name: "Forward" },
  pan: { icon: "pan", name: "Pan" },
  zoom_rect: { icon: "zoom_rect", name: "Zoom to rectangle" },
  save: { icon: "save", name: "Save the figure" },
};

/** The tools that are switched on and off; the others do something at once. */
const TOGGLES: readonly FigureToolName[] = ["pan", "zoom_rect"];

/** A tool of a figure: a click is an event, and Python says whether the tool is on and of use. */
export function figureTool({ viewContext, signal }: ToolContext, name: FigureToolName): Tool {
  const { link } = viewContext;
  const button = new ToolButton(() => link.sendEvents([{ type: "tool", name, timestamp: Date.now() / 1000 }]));
  const show = (): void => {
    const { pressed, disabled } = link.picture.toolStates.value;
    const canAct = link.traits.interactive && link.state.value === "negotiated";
    button.show({
      ...FACES[name],
      ...(TOGGLES.includes(name) ? { isPressed: pressed.includes(name) } : {}),
      isDisabled: !canAct || disabled.includes(name),
    });
  };
  link.picture.toolStates.follow(show, signal);
  link.state.follow(show, signal);
  link.traits.onChange(["interactive"], show, signal);
  show();
  return { button, isOffered: true };
}
