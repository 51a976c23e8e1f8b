/** Marks the end of a union: a case that is added later and forgotten there does not compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
