/** What a server sent is malformed; the message names the place. */
export class WireError extends Error {
  override readonly name = "WireError";
}
