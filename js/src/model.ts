/** The part of an anywidget model that we use. */
export interface Model {
  get(name: string): unknown;
  on(name: string, callback: () => void): void;
  off(name: string, callback: () => void): void;
  send(content: unknown): unknown;
}
