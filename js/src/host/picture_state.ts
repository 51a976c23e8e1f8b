import { Observable } from "../flow/observable.ts";
import type { Contrast, ServerMessage } from "../wire/messages.ts";

/** A rectangle in frame pixels. */
export type FrameRect = readonly [x: number, y: number, width: number, height: number];

/** Which tools of a figure are on, and which can do nothing now. */
export interface FigureToolStates {
  readonly pressed: readonly string[];
  readonly disabled: readonly string[];
}

const NO_STATES: FigureToolStates = { pressed: [], disabled: [] };

/** What the server said last of its picture. A new connection starts blank, because the server then repeats all. */
export class PictureState {
  /** How numbers are shown; undefined while the picture has colours instead, or the server is too old. */
  readonly contrast = new Observable<Contrast | undefined>(undefined);
  readonly toolStates = new Observable(NO_STATES);
  /** The text beside a figure; empty for none. */
  readonly statusText = new Observable("");
  /** The rectangle that a user is dragging over a figure. */
  readonly rubberBand = new Observable<FrameRect | undefined>(undefined);

  /** Take a message; return whether it was one of the picture. */
  receive(message: ServerMessage): boolean {
    switch (message.type) {
      case "contrast":
        this.contrast.value = message.dtype === "" ? undefined : message;
        return true;
      case "tool_states":
        this.toolStates.value = message;
        return true;
      case "status_text":
        this.statusText.value = message.text;
        return true;
      case "rubber_band":
        this.rubberBand.value = rectOf(message.rect);
        return true;
      default:
        return false;
    }
  }

  /** Forget everything: the connection is gone. */
  reset(): void {
    this.contrast.value = undefined;
    this.toolStates.value = NO_STATES;
    this.statusText.value = "";
    this.rubberBand.value = undefined;
  }
}

function rectOf(rect: readonly number[] | undefined): FrameRect | undefined {
  const [x, y, width, height] = rect ?? [];
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined;
  return [x, y, width, height];
}
