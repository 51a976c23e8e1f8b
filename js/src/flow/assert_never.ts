/** Make the compiler reject a `switch` over a union that misses a case. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
