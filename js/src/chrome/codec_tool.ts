import { codecName } from "../flow/codec_names.ts";
import { Menu } from "./menu.ts";
import type { Tool } from "./tool.ts";
import { ToolButton } from "./tool_button.ts";
import type { ToolContext } from "./tool_context.ts";

/** Chooses the codec, if the server offers more than one. */
export function codecTool({ viewContext, layer, signal, onToolsChanged, onMenuClosed }: ToolContext): Tool {
  const { codec, codecs, settings } = viewContext.link;
  const { wantedCodec } = settings;
  const button = new ToolButton(() =>
    menu.toggle({
      label: "Encoding",
      choices: [{ value: "", text: "Automatic" }, ...codecs.value.map((value) => ({ value, text: codecName(value) }))],
      chosen: codecs.value.includes(wantedCodec.value) ? wantedCodec.value : "",
      choose: (value) => (wantedCodec.value = value),
    }),
  );
  const menu = new Menu(layer, button.element, onMenuClosed, signal);
  const show = (): void => {
    const current = codecName(codec.value);
    button.show({ icon: "codec", name: "Encoding", tooltip: current === "" ? "Encoding" : `Encoding: ${current}` });
  };
  codec.follow(show, signal);
  codecs.follow(onToolsChanged, signal);
  show();
  return {
    button,
    get isOffered(): boolean {
      return codecs.value.length > 1;
    },
  };
}
