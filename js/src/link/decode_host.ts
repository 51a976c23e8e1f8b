import workerSource from "worker:source";
import type { FromWorker, ToWorker } from "../wire/worker_messages.ts";
import { Pipeline } from "../worker/pipeline.ts";

const HINT =
  "Serve worker.js (next to widget.js in marimo_rfb/static) from the page's own origin and set worker_url to its " +
  "address, or allow blob: in the policy's worker-src.";

/** Runs the pipeline that receives and decodes the frames of one link. */
export interface DecodeHost {
  post(message: ToWorker, transfer?: Transferable[]): void;
  terminate(): void;
}

type OnMessage = (message: FromWorker) => void;

/** Decodes in a worker, started from the bundled source or from `worker_url`. */
export class WorkerDecodeHost implements DecodeHost {
  readonly #worker: Worker;

  /**
   * @param onFailure called when the browser blocks the script later (`started` is false), or the worker throws (true).
   * @throws Error when the browser blocks the worker at once.
   */
  constructor(url: string, onMessage: OnMessage, onFailure: (why: string, started: boolean) => void) {
    this.#worker = startWorker(url);
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => onMessage(event.data);
    this.#worker.onerror = (event) => {
      // The error of a blocked script has no message; that of a running one has the message of what it threw.
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

/** Decodes on the main thread, where the page's policy forbids workers. */
export class PageDecodeHost implements DecodeHost {
  readonly #pipeline: Pipeline;
  #ended = false;

  constructor(onMessage: OnMessage) {
    // Asynchronous, because the caller has no reference to this host before the constructor returns.
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

/** Explain why the main thread decodes, and how to enable a worker. */
export function explainNoWorker(url: string, why: string): string {
  const what = url === "" ? "the worker" : `the worker at ${url}`;
  const detail = why === "" ? "" : ` (${why})`;
  const reason = `The page's policy or the browser blocked ${what}${detail}`;
  return `${reason}, so the page decodes pictures on its main thread. ${HINT}`;
}

function startWorker(url: string): Worker {
  const blobUrl = url === "" ? URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" })) : "";
  try {
    return new Worker(url || blobUrl, { name: "marimo-rfb" });
  } catch (cause) {
    throw new Error(explainNoWorker(url, cause instanceof Error ? cause.message : String(cause)), { cause });
  } finally {
    // The browser has started to fetch the script and keeps the Blob alive.
    if (blobUrl !== "") URL.revokeObjectURL(blobUrl);
  }
}
