/** For a change it gets no arguments, for a custom message its content and buffers. */
type Listener = (content?: unknown, buffers?: readonly DataView[]) => void;

/** The part of an anywidget model that we use. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(name: string, callback: Listener): void;
  off(name: string, callback: Listener): void;
  send(content: unknown): unknown;
  save_changes(): unknown;
}

/**
 * Send something to Python by calling `send` at once.
 *
 * It may throw, or return a promise that rejects, when the kernel is gone; then `onError` is called, and the picture may
 * well go on without it.
 */
export function sendToPython(send: () => unknown, onError: (error: unknown) => void): void {
  new Promise((resolve) => resolve(send())).catch(onError);
}

/** Call `callback` for each message that Python sends beside the traits. */
export function onCustomMessage(
  model: Model,
  callback: (content: unknown, buffers: readonly DataView[]) => void,
  signal: AbortSignal,
): void {
  const listener: Listener = (content, buffers) => callback(content, buffers ?? []);
  model.on("msg:custom", listener);
  signal.addEventListener("abort", () => model.off("msg:custom", listener));
}
