/** Encode the content of `canvas` as PNG; it may be a `bitmaprenderer` canvas, or one that a worker paints. */
export async function canvasPng(canvas: HTMLCanvasElement): Promise<Blob> {
  // Copy it first, because `toBlob` of such a canvas gives nothing, or not what it shows.
  const scratch = document.createElement("canvas");
  scratch.width = canvas.width;
  scratch.height = canvas.height;
  scratch.getContext("2d")?.drawImage(canvas, 0, 0);
  const png = await new Promise<Blob | null>((resolve) => scratch.toBlob(resolve, "image/png"));
  if (png === null) throw new Error(`The browser could not make a PNG of ${canvas.width} x ${canvas.height} pixels.`);
  return png;
}
