import type { FromWorker, ToWorker } from "../wire/worker_messages.ts";
import { Pipeline } from "./pipeline.ts";

/** The worker's global scope; the DOM types declare only that of a window. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const pipeline = new Pipeline((message, transfer = []) => scope.postMessage(message, transfer));
scope.onmessage = (event) => pipeline.receive(event.data);
