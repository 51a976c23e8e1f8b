import type { HubFact } from "./marimo.ts";

/** A stream as `/streams` tells of it. */
export interface StreamFact {
  readonly name: string;
  readonly viewers: number;
}

/** What the hub says there is; nothing when nobody listens on its port any more. */
export async function streamsOf({ port, token }: HubFact): Promise<StreamFact[]> {
  const asked = fetch(`http://127.0.0.1:${port}/streams`, { headers: { Authorization: `Bearer ${token}` } });
  const response = await asked.catch((error: unknown) => {
    if (isRefused(error)) return undefined;
    throw error;
  });
  if (response === undefined) return [];
  if (!response.ok) throw new Error(`the hub answered ${response.status}`);
  return ((await response.json()) as { streams: StreamFact[] }).streams;
}

/** Whether nobody listens on the hub's port. */
export async function isGone({ port }: HubFact): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`).then(() => false, isRefused);
}

function isRefused(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } };
  return ["ECONNREFUSED", "ECONNRESET", "UND_ERR_SOCKET"].includes(cause?.code ?? "");
}
