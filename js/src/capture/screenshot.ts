import type { ViewContext } from "../view/view_context.ts";
import { canvasPng } from "./canvas_png.ts";
import { download } from "./download.ts";
import { fileName } from "./file_name.ts";

/** What became of a screenshot. */
export interface Screenshot {
  /** The file's name. */
  readonly name: string;
  /** Whether it is in the clipboard too. */
  readonly copied: boolean;
}

const PNG = "image/png";

/**
 * Save the picture as a PNG at its full resolution, and put it into the clipboard.
 *
 * To be called while the browser handles the click or the key: later it lets nobody write to the clipboard. Fails with an
 * `Error` that a person can read when there is no picture.
 */
export async function takeScreenshot(viewContext: ViewContext): Promise<Screenshot> {
  const png = pngOf(viewContext);
  const copying = copy(png);
  const name = fileName(viewContext.link.traits.stream, new Date(), "png");
  download(await png, name);
  return { name, copied: await copying };
}

async function pngOf(viewContext: ViewContext): Promise<Blob> {
  if (viewContext.canvas === undefined) throw new Error("There is no picture yet to take a screenshot of.");
  const { state, settings, requests } = viewContext.link;
  // The server gives its newest frame. Whoever holds the picture, or lost the connection, wants the one that is seen.
  const isNewest = state.value === "negotiated" && !settings.paused.value;
  const captured = isNewest ? await requests.capture() : undefined;
  if (captured?.mime === PNG) return new Blob([captured.bytes], { type: PNG });
  return canvasPng(viewContext.canvas);
}

/** Not every page may write to the clipboard (plain HTTP, a frame of another site); the file is there anyway. */
async function copy(png: Promise<Blob>): Promise<boolean> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ [PNG]: png })]);
    return true;
  } catch {
    return false;
  }
}
