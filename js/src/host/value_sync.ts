import type { DiscreteEvent } from "../flow/drag_detector.ts";
import { DragDetector } from "../flow/drag_detector.ts";
import type { InputEvent } from "../flow/event_merge.ts";
import type { Model } from "./model.ts";
import { onCustomMessage } from "./model.ts";
import { SendQueue } from "./send_queue.ts";
import type { Traits } from "./traits.ts";

const MAX_QUEUED = 100;

/**
 * Writes the last discrete thing that a person did to the trait `last_event`.
 *
 * It is the only trait that the page writes: in marimo such a write may run every cell again that names the element. So it
 * happens only while Python asks for it by `sync_last_event`. Of what was done before that, the last event is sent once, when
 * Python asks.
 *
 * Each waits until Python has acknowledged the one before, so that none comes late, or replaces one that was not read yet:
 * marimo does not report when a saved trait was sent.
 */
export class ValueSync {
  readonly #model: Model;
  readonly #traits: Traits;
  // For all views, because the ids of pointers are those of the page.
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

  /** Take the events that went to the server, in order. */
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
    // A copy: hosts keep what they are given, and some take the same object again for no change.
    this.#model.set("last_event", structuredClone(event));
    this.#model.save_changes();
    return new Promise((resolve) => (this.#onAck = resolve));
  }
}

function isAck(content: unknown): boolean {
  return typeof content === "object" && content !== null && (content as { kind?: unknown }).kind === "heard";
}
