import type { Contrast, SetContrast } from "../wire/messages.ts";

/** How numbers are shown. */
export type ContrastValues = Pick<Contrast, "vmin" | "vmax" | "gamma" | "cmap" | "fixed">;

/** The values that a user changes. */
export type ContrastChange = Partial<Omit<ContrastValues, "fixed">>;

/** How long a change of the user's is shown although the server says otherwise. */
const OWN_MS = 1_500;

/**
 * What a user sees and changes of the contrast: the server's, or one that the server has not confirmed yet.
 *
 * During a drag the server's answers are late, and would pull the handle back.
 */
export class ContrastChoice {
  #own: ContrastValues | undefined;
  #ownMs = -Infinity;

  /** Return what to show, given what the server said last. Times are milliseconds of any clock. */
  shown(server: ContrastValues, nowMs: number): ContrastValues {
    if (this.#own !== undefined && nowMs - this.#ownMs > OWN_MS) this.#own = undefined;
    if (this.#own === undefined || this.#own.fixed) return this.#own ?? server;
    return { ...this.#own, vmin: server.vmin, vmax: server.vmax };
  }

  /** Change some values; a change of the limits fixes both. */
  change(change: ContrastChange, server: ContrastValues, nowMs: number): void {
    const setsLimits = change.vmin !== undefined || change.vmax !== undefined;
    const shown = this.shown(server, nowMs);
    this.#own = { ...shown, ...change, fixed: shown.fixed || setsLimits };
    this.#ownMs = nowMs;
  }

  /** Return the message that asks for what is shown; without limits, the stream's own rule sets them. */
  message(server: ContrastValues, nowMs: number): SetContrast {
    const { vmin, vmax, gamma, cmap, fixed } = this.shown(server, nowMs);
    return { type: "set_contrast", ...(fixed ? { vmin, vmax } : {}), gamma, cmap };
  }

  /** Show what the server says. */
  forget(): void {
    this.#own = undefined;
  }
}
