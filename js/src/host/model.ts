/** A change passes no arguments, a custom message its content and buffers. */
type Listener = (content?: unknown, buffers?: readonly DataView[]) => void;

/** The part of an anywidget model that the page uses. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(name: string, callback: Listener): void;
  off(name: string, callback: Listener): void;
  send(content: unknown): unknown;
  save_changes(): unknown;
}

/**
 * Call `send` at once; call `onError` if it throws or its promise rejects.
 *
 * That happens when the kernel is gone, which must not stop the picture.
 */
export function sendToPython(send: () => unknown, onError: (error: unknown) => void): void {
  new Promise((resolve) => resolve(send())).catch(onError);
}

/** Call `callback` for each custom message from Python. */
export function onCustomMessage(
  model: Model,
  callback: (content: unknown, buffers: readonly DataView[]) => void,
  signal: AbortSignal,
): void {
  const listener: Listener = (content, buffers) => callback(content, buffers ?? []);
  model.on("msg:custom", listener);
  signal.addEventListener("abort", () => model.off("msg:custom", listener));
}
