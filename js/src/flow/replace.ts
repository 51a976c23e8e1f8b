/** What both contexts that draw have in common. */
type Drawing = Pick<CanvasRenderingContext2D, "drawImage" | "globalCompositeOperation">;

/**
 * Put `picture` in place of all that a canvas holds.
 *
 * Painted over what is there, a transparent pixel would leave the one of the frame before. A change of the canvas' size
 * sets the operation back, so it is set each time.
 */
export function replace(context: Drawing | null, picture: CanvasImageSource): void {
  if (context === null) return;
  context.globalCompositeOperation = "copy";
  context.drawImage(picture, 0, 0);
}
