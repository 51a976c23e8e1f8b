import { WireError } from "./wire_error.ts";

/** The minimum and maximum that are accepted. */
interface IntegerRange {
  readonly min: number;
  readonly max?: number;
}

/** Typed access to a JSON object from a server; every method throws `WireError` on a wrong type. */
export class JsonReader {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** @throws WireError if `text` is not a JSON object. */
  static parse(text: string): JsonReader {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new WireError(`not JSON: ${text.slice(0, 80)}`, { cause });
    }
    return new JsonReader(asObject(value, "message"));
  }

  string(name: string): string {
    return this.#required(name, this.optionalString(name));
  }

  optionalString(name: string): string | undefined {
    const value = this.#optional(name);
    if (value !== undefined && typeof value !== "string") throw wrongType(name, "a string", value);
    return value;
  }

  /** One of `choices`. */
  choice<const T extends string>(name: string, choices: readonly T[]): T {
    return this.#required(name, this.optionalChoice(name, choices));
  }

  optionalChoice<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.optionalString(name);
    if (value === undefined) return undefined;
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw wrongType(name, choices.join(" or "), value);
    return choice;
  }

  number(name: string): number {
    return this.#required(name, this.optionalNumber(name));
  }

  /** A finite number greater than `above`. */
  optionalNumber(name: string, { above = -Infinity }: { readonly above?: number } = {}): number | undefined {
    const value = this.#optional(name);
    if (value === undefined) return undefined;
    // JSON has no NaN, but 1e999 parses to Infinity.
    if (!(typeof value === "number" && Number.isFinite(value))) throw wrongType(name, "a finite number", value);
    if (value <= above) throw wrongType(name, `more than ${above}`, value);
    return value;
  }

  /** An integer from `min` to `max` that JavaScript can represent exactly. */
  integer(name: string, range: IntegerRange): number {
    return this.#required(name, this.optionalInteger(name, range));
  }

  optionalInteger(name: string, { min, max = Number.MAX_SAFE_INTEGER }: IntegerRange): number | undefined {
    const value = this.optionalNumber(name);
    if (value === undefined) return undefined;
    if (!(Number.isSafeInteger(value) && value >= min)) throw wrongType(name, `an integer of at least ${min}`, value);
    if (value > max) throw wrongType(name, `at most ${max}`, value);
    return value;
  }

  boolean(name: string): boolean {
    return this.#required(name, this.optionalBoolean(name));
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.#optional(name);
    if (value !== undefined && typeof value !== "boolean") throw wrongType(name, "true or false", value);
    return value;
  }

  optionalObject<T>(name: string, read: (reader: JsonReader) => T): T | undefined {
    const value = this.#optional(name);
    return value === undefined ? undefined : read(new JsonReader(asObject(value, name)));
  }

  optionalStrings(name: string): readonly string[] | undefined {
    return this.#optionalArray(name, "strings", (item) => typeof item === "string");
  }

  strings(name: string): readonly string[] {
    return this.#required(name, this.optionalStrings(name));
  }

  integers(name: string): readonly number[] {
    return this.#required(name, this.optionalIntegers(name));
  }

  optionalIntegers(name: string): readonly number[] | undefined {
    return this.#optionalArray(name, "integers", (item) => Number.isSafeInteger(item));
  }

  #optionalArray<T>(name: string, what: string, isItem: (item: unknown) => boolean): readonly T[] | undefined {
    const value = this.#optional(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every(isItem)) throw wrongType(name, `an array of ${what}`, value);
    return value as T[];
  }

  /** Own properties only, so that `toString` is no field; `null` counts as absent. */
  #optional(name: string): unknown {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    return value === null ? undefined : value;
  }

  #required<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw new WireError(`${name} is missing`);
    return value;
  }
}

/** Return `fields` without undefined values, so that absent fields stay absent. */
export function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function asObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(name, "an object", value);
  return value as Record<string, unknown>;
}

function wrongType(name: string, expected: string, value: unknown): WireError {
  return new WireError(`${name} must be ${expected}, got ${String(JSON.stringify(value)).slice(0, 80)}`);
}
