import { takeScreenshot } from "../capture/screenshot.ts";
import type { Fit } from "../flow/geometry.ts";
import { zoomText } from "../flow/stats_rows.ts";
import { zoomAt } from "../flow/view_transform.ts";
import type { ToolName } from "../wire/constants.ts";
import { codecTool } from "./codec_tool.ts";
import { ContrastTool } from "./contrast_tool.ts";
import { figureTool } from "./figure_tool.ts";
import { Inspector } from "./inspector.ts";
import { recordTool } from "./record_tool.ts";
import type { Tool } from "./tool.ts";
import { ToolButton } from "./tool_button.ts";
import type { ToolContext } from "./tool_context.ts";

const ZOOM_STEP = 1.5;
const FITS: readonly Fit[] = ["contain", "cover", "fill"];
const FIT_TIPS: Readonly<Record<Fit, string>> = {
  contain: "Fit: contain, show all",
  cover: "Fit: cover, crop to the view",
  fill: "Fit: fill, stretch to the view",
};

/** The factory of each tool. A tool lives as long as its view. */
export const TOOL_MAKERS: Readonly<Record<ToolName, (context: ToolContext) => Tool>> = {
  play: playTool,
  screenshot: screenshotTool,
  record: recordTool,
  fullscreen: fullscreenTool,
  fit: fitTool,
  zoom_in: (context) => zoomTool(context, "zoom_in", ZOOM_STEP),
  zoom_out: (context) => zoomTool(context, "zoom_out", 1 / ZOOM_STEP),
  zoom_reset: zoomResetTool,
  contrast: (context) => new ContrastTool(context),
  inspect: inspectTool,
  codec: codecTool,
  hud: hudTool,
  home: (context) => figureTool(context, "home"),
  back: (context) => figureTool(context, "back"),
  forward: (context) => figureTool(context, "forward"),
  pan: (context) => figureTool(context, "pan"),
  zoom_rect: (context) => figureTool(context, "zoom_rect"),
  save: (context) => figureTool(context, "save"),
};

function playTool({ viewContext, signal }: ToolContext): Tool {
  const { paused } = viewContext.link.settings;
  const button = new ToolButton(() => (paused.value = !paused.value));
  const show = (): void => {
    const name = paused.value ? "Play" : "Pause";
    button.show({ icon: paused.value ? "play" : "pause", name });
  };
  paused.follow(show, signal);
  show();
  return { button, isOffered: true };
}

function screenshotTool({ viewContext, toast }: ToolContext): Tool {
  const show = (isBusy: boolean): void => button.show({ icon: "screenshot", name: "Save a screenshot", isBusy });
  const button = new ToolButton(() => {
    show(true);
    // Synchronously, because the browser allows clipboard access only during the click.
    takeScreenshot(viewContext)
      .then(({ name, copied }) => toast.show(`Saved ${name}${copied ? " and copied it" : ""}`))
      .catch((error: unknown) => toast.showError("The screenshot could not be saved", error))
      .finally(() => show(false));
  });
  show(false);
  return { button, isOffered: true };
}

function fullscreenTool({ viewContext, toast, signal }: ToolContext): Tool {
  const { root } = viewContext;
  const isFull = (): boolean => root.matches(":fullscreen");
  const button = new ToolButton(() => {
    const changed = isFull() ? document.exitFullscreen() : root.requestFullscreen();
    changed.catch((error: unknown) => toast.showError("The browser refused full screen", error));
  });
  const show = (): void =>
    button.show({
      icon: isFull() ? "fullscreen_exit" : "fullscreen",
      name: "Full screen",
      tooltip: isFull() ? "Leave full screen" : "Full screen",
      isPressed: isFull(),
    });
  root.addEventListener("fullscreenchange", show, { signal });
  show();
  return { button, isOffered: document.fullscreenEnabled };
}

function fitTool({ viewContext, signal }: ToolContext): Tool {
  const { fit } = viewContext.link.settings;
  const button = new ToolButton(() => {
    fit.value = FITS[(FITS.indexOf(fit.value) + 1) % FITS.length] ?? "contain";
  });
  const show = (): void => button.show({ icon: fit.value, name: FIT_TIPS[fit.value] });
  fit.follow(show, signal);
  show();
  return { button, isOffered: true };
}

function zoomTool({ viewContext, signal }: ToolContext, icon: "zoom_in" | "zoom_out", factor: number): Tool {
  const button = new ToolButton(() => viewContext.zoom.by(factor, undefined, true));
  const refresh = (): void => {
    const { layout, link } = viewContext;
    const { transform } = link.sharedTransform;
    const middle = { x: (layout?.viewport.width ?? 0) / 2, y: (layout?.viewport.height ?? 0) / 2 };
    const isDisabled = layout === undefined || zoomAt(transform, factor, middle, layout).zoom === transform.zoom;
    button.show({ icon, name: icon === "zoom_in" ? "Zoom in" : "Zoom out", isDisabled });
  };
  followTransform(viewContext, refresh, signal);
  return { button, isOffered: true, refresh };
}

function zoomResetTool({ viewContext, signal }: ToolContext): Tool {
  const { sharedTransform } = viewContext.link;
  const button = new ToolButton(() => viewContext.zoom.reset());
  const refresh = (): void => {
    const { zoom } = sharedTransform.transform;
    const text = zoomText(zoom);
    button.show({ text, name: `Reset zoom, ${text} now`, tooltip: "Reset zoom", isDisabled: zoom === 1 });
  };
  followTransform(viewContext, refresh, signal);
  return { button, isOffered: true };
}

/** Call `refresh` when the transform or the fit changes; `Tool.refresh` covers changes of size. */
function followTransform({ link }: ToolContext["viewContext"], refresh: () => void, signal: AbortSignal): void {
  link.sharedTransform.follow(refresh, signal);
  link.settings.fit.follow(refresh, signal);
  refresh();
}

function inspectTool({ viewContext, signal }: ToolContext): Tool {
  const { on } = new Inspector(viewContext, signal);
  const button = new ToolButton(() => (on.value = !on.value));
  const show = (): void => button.show({ icon: "inspect", name: "Inspect pixels", isPressed: on.value });
  on.follow(show, signal);
  show();
  return { button, isOffered: true };
}

function hudTool({ hudShown, signal }: ToolContext): Tool {
  const button = new ToolButton(() => (hudShown.value = !hudShown.value));
  const show = (): void => button.show({ icon: "hud", name: "Measurements", isPressed: hudShown.value });
  hudShown.follow(show, signal);
  show();
  return { button, isOffered: true };
}
