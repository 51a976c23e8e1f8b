import type { Traits } from "../host/traits.ts";

/**
 * The secret that `hello` presents to the server.
 *
 * It is the token, which Python sends as a message when no cell runs, and which stays in this page's memory. The traits
 * may be saved with the page, so they carry a ticket instead: it stands in for the token for a minute, until the token
 * arrives.
 */
export class Credential {
  readonly #traits: Traits;
  readonly #ask: () => void;
  readonly #onChange: (isOther: boolean) => void;
  #token: string | undefined;
  #isAsked = false;
  /** What the last `hello` contained. */
  #presented: string | undefined;
  #rejected: string | undefined;

  /**
   * `ask` requests the token from Python. `onChange` is called when there is a new secret to try after none was
   * accepted, and with `isOther` when the token was replaced: a server that accepted the old one may not accept the new
   * one.
   */
  constructor(traits: Traits, ask: () => void, onChange: (isOther: boolean) => void, signal: AbortSignal) {
    this.#traits = traits;
    this.#ask = ask;
    this.#onChange = onChange;
    traits.onChange(["ticket", "has_token"], () => this.#onTraits(), signal);
  }

  /** Empty if the stream needs no secret; undefined until Python has sent it. */
  get #value(): string | undefined {
    const { token, ticket, hasToken } = this.#traits;
    if (token !== "") return token;
    if (this.#token !== undefined) return this.#token;
    if (ticket !== "" && ticket !== this.#rejected) return ticket;
    return hasToken ? undefined : "";
  }

  /** Whether Python has yet to send the token. */
  get isAwaited(): boolean {
    return this.#value === undefined;
  }

  /** Return the secret for `hello`; undefined while it is awaited. */
  present(): string | undefined {
    // A ticket expires, so request the token before it is needed.
    if (this.#token === undefined) this.ask();
    return (this.#presented = this.#value);
  }

  /** Request the token, unless a request is pending or there is no token. */
  ask(): void {
    if (this.#isAsked || !this.#traits.hasToken) return;
    this.#isAsked = true;
    this.#ask();
  }

  /** The user retries: an earlier request may have gone to a kernel that no longer runs. */
  askAgain(): void {
    this.#isAsked = false;
    this.ask();
  }

  /** The server rejected the secret that was presented. */
  onRejected(): void {
    this.#rejected = this.#presented;
    this.ask();
  }

  /** Handle a message from Python; return whether it was a token. */
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

  /** A connection that a ticket opened is kept. */
  #notify(isOther: boolean): void {
    const wasUnsuccessful = this.#presented === undefined || this.#presented === this.#rejected;
    if (isOther || (wasUnsuccessful && !this.isAwaited && this.#value !== this.#presented)) this.#onChange(isOther);
  }
}
