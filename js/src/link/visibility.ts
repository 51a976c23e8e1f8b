const GRACE_MS = 1000;

/**
 * Whether the picture is visible: at least one view is on screen and the browser tab is in front.
 *
 * Becoming visible takes effect at once, becoming hidden after a second: hosts remount views while they lay out the
 * page.
 */
export class Visibility {
  readonly #onChange: (visible: boolean) => void;
  #visible = true;
  #onScreen = false;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(onChange: (visible: boolean) => void, signal: AbortSignal) {
    this.#onChange = onChange;
    document.addEventListener("visibilitychange", () => this.#update(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#graceTimer));
    this.#update();
  }

  get visible(): boolean {
    return this.#visible;
  }

  /** Whether any view is on screen now. */
  set onScreen(onScreen: boolean) {
    this.#onScreen = onScreen;
    this.#update();
  }

  #update(): void {
    const visible = this.#onScreen && document.visibilityState === "visible";
    if (visible) {
      clearTimeout(this.#graceTimer);
      this.#graceTimer = undefined;
      this.#set(true);
    } else if (this.#visible) {
      this.#graceTimer ??= setTimeout(() => {
        this.#graceTimer = undefined;
        this.#set(false);
      }, GRACE_MS);
    }
  }

  #set(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.#onChange(visible);
  }
}
