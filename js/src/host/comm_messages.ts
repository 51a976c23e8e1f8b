import type { ToWorker } from "../wire/worker_messages.ts";

type CommMessage = Extract<ToWorker, { readonly type: "comm" | "comm_closed" }>;

/** Parse a message from the kernel's comm; undefined for messages that do not belong to a connection. */
export function parseCommMessage(content: unknown, buffers: readonly DataView[]): CommMessage | undefined {
  if (typeof content !== "object" || content === null) return undefined;
  const { kind, id, text, code, reason } = content as Record<string, unknown>;
  if (kind !== "wire" || typeof id !== "string") return undefined;
  if (typeof code === "number") {
    return { type: "comm_closed", id, code, reason: typeof reason === "string" ? reason : "" };
  }
  if (typeof text === "string") return { type: "comm", id, data: text };
  const [buffer] = buffers;
  return buffer === undefined ? undefined : { type: "comm", id, data: bytesOf(buffer) };
}

/** Copy the bytes: hosts pass a view into a larger buffer, which must not be transferred to the worker. */
function bytesOf({ buffer, byteOffset, byteLength }: DataView): ArrayBuffer {
  return new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
}
