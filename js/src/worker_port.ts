import workerSource from "worker:source";
import type { FromWorker, ToWorker } from "./wire/port.ts";

const HINT =
  "If the page's security policy forbids workers from a Blob, serve worker.js (it is next to widget.js in " +
  "marimo_rfb/static) from the page's own origin and set worker_url to its address.";

/** The worker of one link. */
export class WorkerPort {
  readonly #worker: Worker;

  /**
   * Start the worker, from the bundled source or from `url`.
   *
   * @throws Error when the browser refuses at once; `onFailure` is called when it refuses later. Both say what to do.
   */
  constructor(
    url: string,
    onMessage: (message: FromWorker) => void,
    onFailure: (why: string, started: boolean) => void,
  ) {
    this.#worker = startWorker(url);
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => onMessage(event.data);
    this.#worker.onerror = (event) => {
      // A script that the browser did not run has no message; one that it ran says what it threw.
      const started = Boolean(event.message);
      const why = started ? `failed: ${event.message}` : `did not start. ${HINT}`;
      onFailure(`The worker that receives the pictures ${why}`, started);
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

function startWorker(url: string): Worker {
  const blobUrl = url === "" ? URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" })) : "";
  try {
    return new Worker(url || blobUrl, { name: "marimo-rfb" });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The browser refused to start the worker that receives the pictures: ${why}. ${HINT}`, { cause });
  } finally {
    // The fetch of the script has begun by now, and holds the Blob.
    if (blobUrl !== "") URL.revokeObjectURL(blobUrl);
  }
}
