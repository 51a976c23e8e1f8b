import type { ClientMessage, SetViewport } from "../wire/messages.ts";

/** Which frames the page subscribes to: whether any, at what rate, how large. Sends every change to the server. */
export class Subscription {
  readonly #send: (message: ClientMessage) => void;
  #wantsFrames = true;
  #maxFps: number | undefined;
  #viewport = "";

  constructor(send: (message: ClientMessage) => void) {
    this.#send = send;
  }

  /** A new decode host has sent nothing yet, so the server assumes its defaults. */
  reset(): void {
    this.#wantsFrames = true;
    this.#maxFps = undefined;
    this.#viewport = "";
  }

  set wantsFrames(wantsFrames: boolean) {
    if (wantsFrames === this.#wantsFrames) return;
    this.#wantsFrames = wantsFrames;
    this.#send({ type: "visibility", visible: wantsFrames });
  }

  /** Undefined for no limit. */
  set maxFps(fps: number | undefined) {
    if (fps === this.#maxFps) return;
    this.#maxFps = fps;
    this.#send({ type: "limit_rate", ...(fps === undefined ? {} : { fps }) });
  }

  /** The server renders one size for all viewers, that of the largest view. */
  requestSize(viewports: readonly SetViewport[]): void {
    const [largest] = [...viewports].sort((a, b) => areaOf(b) - areaOf(a));
    const text = JSON.stringify(largest);
    if (largest === undefined || text === this.#viewport) return;
    this.#viewport = text;
    this.#send(largest);
  }
}

function areaOf({ pwidth, pheight }: SetViewport): number {
  return pwidth * pheight;
}
