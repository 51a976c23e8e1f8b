import type { ClientMessage, SetViewport } from "../wire/messages.ts";

/** What of the pictures is wanted: whether any, how many a second, how large. The server hears of it when it changes. */
export class Demand {
  readonly #send: (message: ClientMessage) => void;
  #isWanted = true;
  #mostFps: number | undefined;
  #viewport = "";

  constructor(send: (message: ClientMessage) => void) {
    this.#send = send;
  }

  /** Nothing was said yet, so that the server assumes what it does. */
  reset(): void {
    this.#isWanted = true;
    this.#mostFps = undefined;
    this.#viewport = "";
  }

  set isWanted(isWanted: boolean) {
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    this.#send({ type: "visibility", visible: isWanted });
  }

  /** Undefined for no limit. */
  set mostFps(fps: number | undefined) {
    if (fps === this.#mostFps) return;
    this.#mostFps = fps;
    this.#send({ type: "limit_rate", ...(fps === undefined ? {} : { fps }) });
  }

  /** The server renders one size for all that see its pictures: that of the largest. */
  fit(viewports: readonly SetViewport[]): void {
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
