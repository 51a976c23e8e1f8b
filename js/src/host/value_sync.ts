import type { DiscreteEvent } from "../flow/drag_detector.ts";
import { DragDetector } from "../flow/drag_detector.ts";
import type { InputEvent } from "../flow/event_merge.ts";
import type { Model } from "./model.ts";
import { onCustomMessage } from "./model.ts";
import { SendQueue } from "./send_queue.ts";
import type { Traits } from "./traits.ts";

const MAX_QUEUED = 100;

/**
 * Writes the user's discrete events to the trait `last_event`.
 *
 * It is the only trait that the page writes: in marimo such a write re-runs every cell that reads the element. So the
 * page writes it only while Python sets `sync_last_event`; the last event from before is written when Python sets it.
 *
 * Each write waits until Python has acknowledged the one before, so that events arrive in order and none overwrites one
 * that Python has not read yet: marimo does not report when a saved trait was sent.
 */
export class ValueSync {
  readonly #model: Model;
  readonly #traits: Traits;
  // One for all views, because pointer ids are unique in the page.
  readonly #dragDetector = new DragDetector();
  readonly #sendQueue = new SendQueue<DiscreteEvent>(([event]) => this.#save(event), 1, MAX_QUEUED);
  readonly #signal: AbortSignal;
  #unsent: DiscreteEvent | undefined;
  #onAck: (() => void) | undefined;

  constructor(model: Model, traits: Traits, signal: AbortSignal) {
    this.#model = model;
    this.#traits = traits;
    this.#signal = signal;
    onCustomMessage(model, (content) => isAck(content) && this.#onAck?.(), signal);
    traits.onChange(["sync_last_event"], () => this.#flush(), signal);
  }

  /** Process events that were sent to the server, in order. */
  feed(events: readonly InputEvent[]): void {
    for (const event of events) {
      this.#unsent = this.#dragDetector.feed(event) ?? this.#unsent;
      this.#flush();
    }
  }

  #flush(): void {
    const event = this.#unsent;
    if (event === undefined || !this.#traits.syncsLastEvent) return;
    this.#unsent = undefined;
    this.#sendQueue.post(event);
  }

  #save(event: DiscreteEvent | undefined): Promise<void> | undefined {
    if (this.#signal.aborted) return undefined;
    // A copy: hosts keep the object, and some ignore a write of the same one.
    this.#model.set("last_event", structuredClone(event));
    this.#model.save_changes();
    return new Promise((resolve) => (this.#onAck = resolve));
  }
}

function isAck(content: unknown): boolean {
  return typeof content === "object" && content !== null && (content as { kind?: unknown }).kind === "heard";
}
