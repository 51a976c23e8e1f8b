/** What the 2D contexts of both kinds of canvas have in common. */
type Drawing = Pick<CanvasRenderingContext2D, "drawImage" | "globalCompositeOperation">;

/**
 * Replace the content of a canvas by `picture`.
 *
 * With the default operation, the previous frame would show through transparent pixels. A change of the canvas' size
 * resets the operation, so it is set each time.
 */
export function replace(context: Drawing | null, picture: CanvasImageSource): void {
  if (context === null) return;
  context.globalCompositeOperation = "copy";
  context.drawImage(picture, 0, 0);
}
