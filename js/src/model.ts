/** The part of an anywidget model that we use. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(name: string, callback: () => void): void;
  off(name: string, callback: () => void): void;
  send(content: unknown): unknown;
  save_changes(): unknown;
}

/**
 * Say something to Python by calling `say` at once.
 *
 * It may throw, or return a promise that rejects, when the kernel is gone; the picture may well go on without it.
 */
export function tellPython(say: () => unknown): void {
  new Promise((resolve) => resolve(say())).catch((error: unknown) =>
    console.warn("marimo-rfb: could not report to Python", error),
  );
}
