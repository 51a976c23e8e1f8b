/** What a server sent is malformed; the message says where. */
export class WireError extends Error {
  override readonly name = "WireError";
}
