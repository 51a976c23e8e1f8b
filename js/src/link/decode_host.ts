import workerSource from "worker:source";
import type { FromWorker, ToWorker } from "../wire/worker_messages.ts";
import { Pipeline } from "../worker/pipeline.ts";

const HINT =
  "Serve worker.js (it is next to widget.js in marimo_rfb/static) from the page's own origin and set worker_url to its " +
  "address, or allow blob: in the policy's worker-src.";

/** What receives and decodes the pictures of one link. */
export interface DecodeHost {
  post(message: ToWorker, transfer?: Transferable[]): void;
  terminate(): void;
}

type OnMessage = (message: FromWorker) => void;

/** A worker, from the bundled source or from an address. */
export class WorkerDecodeHost implements DecodeHost {
  readonly #worker: Worker;

  /**
   * @param onFailure called when the browser refuses later, or the worker breaks; `started` is false and true for these.
   * @throws Error when the browser refuses at once.
   */
  constructor(url: string, onMessage: OnMessage, onFailure: (why: string, started: boolean) => void) {
    this.#worker = startWorker(url);
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => onMessage(event.data);
    this.#worker.onerror = (event) => {
      // A script that the browser did not run has no message; one that it ran has that of what it threw.
      const started = Boolean(event.message);
      onFailure(started ? event.message : explainNoWorker(url, ""), started);
    };
  }

  post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  terminate(): void {
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
  }
}

/** The same on the page's own thread, where the page's policy forbids workers. */
export class PageDecodeHost implements DecodeHost {
  readonly #pipeline: Pipeline;
  #ended = false;

  constructor(onMessage: OnMessage) {
    // Not at once: whoever makes a host does not have it yet when its first message comes.
    this.#pipeline = new Pipeline((message) => queueMicrotask(() => this.#ended || onMessage(message)));
  }

  post(message: ToWorker): void {
    if (!this.#ended) this.#pipeline.receive(message);
  }

  terminate(): void {
    this.#pipeline.receive({ type: "disconnect" });
    this.#ended = true;
  }
}

/** Explain why pictures are decoded on the page's thread, and what would help. */
export function explainNoWorker(url: string, why: string): string {
  const what = url === "" ? "a worker" : `the worker at ${url}`;
  const detail = why === "" ? "" : ` (${why})`;
  return `This page's policy, or the browser, does not let ${what} run${detail}, so pictures are decoded on the page's own thread. ${HINT}`;
}

function startWorker(url: string): Worker {
  const blobUrl = url === "" ? URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" })) : "";
  try {
    return new Worker(url || blobUrl, { name: "marimo-rfb" });
  } catch (cause) {
    throw new Error(explainNoWorker(url, cause instanceof Error ? cause.message : String(cause)), { cause });
  } finally {
    // The fetch of the script has begun by now, and holds the Blob.
    if (blobUrl !== "") URL.revokeObjectURL(blobUrl);
  }
}
