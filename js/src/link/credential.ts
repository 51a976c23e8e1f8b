import type { Traits } from "../host/traits.ts";

/**
 * What opens the stream.
 *
 * It is the token, which only lives in this page: Python sends it by message, when no cell runs. What may be saved with
 * the page has a ticket in its place, which opens the stream as well for a minute, so that nobody has to wait.
 */
export class Credential {
  readonly #traits: Traits;
  readonly #ask: () => void;
  readonly #onChange: (isOther: boolean) => void;
  #token: string | undefined;
  #isAsked = false;
  /** What was shown to the server last. */
  #presented: string | undefined;
  #rejected: string | undefined;

  /**
   * `ask` asks Python for the token. `onChange` is called when there is something to show to a server that took nothing so
   * far, and with `isOther` when the token is another one, which a server that took the last one may not take.
   */
  constructor(traits: Traits, ask: () => void, onChange: (isOther: boolean) => void, signal: AbortSignal) {
    this.#traits = traits;
    this.#ask = ask;
    this.#onChange = onChange;
    traits.onChange(["ticket", "has_token"], () => this.#onTraits(), signal);
  }

  /** Empty where nothing has to be shown; undefined while only Python knows what. */
  get #value(): string | undefined {
    const { token, ticket, hasToken } = this.#traits;
    if (token !== "") return token;
    if (this.#token !== undefined) return this.#token;
    if (ticket !== "" && ticket !== this.#rejected) return ticket;
    return hasToken ? undefined : "";
  }

  /** Whether Python has to send something first. */
  get isAwaited(): boolean {
    return this.#value === undefined;
  }

  /** Return what is to be shown now, undefined when that is awaited. */
  present(): string | undefined {
    // A ticket ends, so the token is asked for before it is needed.
    if (this.#token === undefined) this.ask();
    return (this.#presented = this.#value);
  }

  /** Ask for the token, unless that was done and not answered yet, or nobody has one. */
  ask(): void {
    if (this.#isAsked || !this.#traits.hasToken) return;
    this.#isAsked = true;
    this.#ask();
  }

  /** A person asks for another try: what was asked before may have gone to a kernel that is no more. */
  askAgain(): void {
    this.#isAsked = false;
    this.ask();
  }

  /** The server rejected what was shown. */
  onRejected(): void {
    this.#rejected = this.#presented;
    this.ask();
  }

  /** Take a message of Python's; return whether it was meant for this. */
  receive(content: unknown): boolean {
    if (typeof content !== "object" || content === null) return false;
    const { kind, token } = content as Record<string, unknown>;
    if (kind !== "token" || typeof token !== "string") return false;
    const isOther = this.#token !== undefined && this.#token !== token;
    this.#isAsked = false;
    this.#token = token;
    this.#notify(isOther);
    return true;
  }

  #onTraits(): void {
    if (this.#token === undefined) this.ask();
    this.#notify(false);
  }

  /** A connection that a ticket opened goes on. */
  #notify(isOther: boolean): void {
    const wasUnsuccessful = this.#presented === undefined || this.#presented === this.#rejected;
    if (isOther || (wasUnsuccessful && !this.isAwaited && this.#value !== this.#presented)) this.#onChange(isOther);
  }
}
