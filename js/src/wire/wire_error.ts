/** A message from the server is malformed; the text names the field or part. */
export class WireError extends Error {
  override readonly name = "WireError";
}
