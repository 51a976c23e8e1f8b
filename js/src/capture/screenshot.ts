import type { ViewContext } from "../view/view_context.ts";
import { canvasPng } from "./canvas_png.ts";
import { download } from "./download.ts";
import { fileName } from "./file_name.ts";

/** The result of a screenshot. */
export interface Screenshot {
  /** The name of the saved file. */
  readonly name: string;
  /** Whether it was copied to the clipboard too. */
  readonly copied: boolean;
}

const PNG = "image/png";

/**
 * Save the picture as a PNG at full resolution, and copy it to the clipboard.
 *
 * Call it from the click or key handler: later the browser denies access to the clipboard. Rejects with an `Error` to
 * show to the user if there is no picture.
 */
export async function takeScreenshot(viewContext: ViewContext): Promise<Screenshot> {
  const png = pngOf(viewContext);
  const copying = copy(png);
  const name = fileName(viewContext.link.traits.stream, new Date(), "png");
  download(await png, name);
  return { name, copied: await copying };
}

async function pngOf(viewContext: ViewContext): Promise<Blob> {
  if (viewContext.canvas === undefined) throw new Error("There is no picture to save yet.");
  const { state, settings, requests } = viewContext.link;
  // The server captures its newest frame. While paused or disconnected, the user wants the visible one.
  const isNewest = state.value === "negotiated" && !settings.paused.value;
  const captured = isNewest ? await requests.capture() : undefined;
  if (captured?.mime === PNG) return new Blob([captured.bytes], { type: PNG });
  return canvasPng(viewContext.canvas);
}

/** Pages over plain HTTP or in a cross-site frame may not write to the clipboard; the file is saved anyway. */
async function copy(png: Promise<Blob>): Promise<boolean> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ [PNG]: png })]);
    return true;
  } catch {
    return false;
  }
}
