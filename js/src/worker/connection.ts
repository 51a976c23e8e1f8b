import { Backoff } from "../flow/backoff.ts";
import type { CloseReason } from "../flow/close_reason.ts";
import { closeReason } from "../flow/close_reason.ts";
import type { Failure } from "../flow/transport_diagnostics.ts";
import {
  forbidden,
  refused,
  remedyBeside,
  swallowed,
  unanswered,
  unreached,
  verdict,
  whyThisWay,
} from "../flow/transport_diagnostics.ts";
import { Reminders } from "../flow/sticky_messages.ts";
import type { ClientMessage } from "../wire/messages.ts";
import { CloseCode } from "../wire/messages.ts";
import type { Standing, State, Target, Way } from "../wire/worker_messages.ts";
import type { AttemptPort } from "./connection_attempt.ts";
import { Attempt } from "./connection_attempt.ts";
import type { OpenChannel } from "./transport.ts";

/** Who gets what the server says. */
export interface ConnectionPort {
  /** From now on the server is heard by another channel: nothing of an earlier one counts any more. */
  opened(): void;
  received(data: ArrayBuffer | string): void;
  /** The token of the target was not taken; told before what becomes of it. */
  refused(): void;
  changed(standing: Standing): void;
}

/** What of the world a connection needs; replaced in tests. */
export interface World {
  readonly open: OpenChannel;
  /** Returns the status of a plain request; 0 for a redirection, undefined when nobody answered. Never rejects. */
  readonly probe: (url: string) => Promise<number | undefined>;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

const FIRST_CLIMB_MS = { direct: 30_000, "same-origin": 30_000, comm: 5_000 };
const LATEST_CLIMB_MS = 300_000;
/** After a sleep a socket may look open and lead nowhere. */
const ANSWERS_WITHIN_MS = 4_000;
/** What a browser says of a socket that ended without a word. */
const WITHOUT_A_WORD = 1006;

/**
 * One connection to one target, by the best way there is.
 *
 * In a round the ways are tried in order: one that is refused gives way at once, one that is silent after a while, and
 * may still win. Without a connection one round follows the other; on a lesser way there is one for the better ways now
 * and then, and the one that answers takes over between two frames. A connection that is lost is made anew.
 */
export class Connection {
  readonly #port: ConnectionPort;
  readonly #world: World;
  readonly #backoff: Backoff;
  readonly #attemptPort: AttemptPort = {
    opened: () => this.#greetNext(),
    received: (attempt, data) => this.#onReceived(attempt, data),
    closed: (attempt, code, reason) => this.#onClosed(attempt, code, reason),
    silent: (attempt) => this.#giveWay(attempt, unanswered(attempt.way)),
  };
  readonly #reminders = new Reminders();
  /** Those under way, by their rank. The one that has won is not among them. */
  readonly #attempts = new Map<number, Attempt>();
  /** What became of the last try of each way that is worth trying. */
  readonly #failures = new Map<number, Failure>();
  #target: Target | undefined;
  #current: Attempt | undefined;
  #nextRank = 0;
  #state: State = "connecting";
  #error = "";
  /** What is known of the page's own server; said again at once, so that the sentence does not change to and fro. */
  #ownServer = "";
  /** Until the next round. */
  #roundTimer: ReturnType<typeof setTimeout> | undefined;
  #climbMs = 0;
  #aliveTimer: ReturnType<typeof setTimeout> | undefined;
  #hasPicture = false;

  constructor(port: ConnectionPort, world: World) {
    this.#port = port;
    this.#world = world;
    this.#backoff = new Backoff(world.random);
  }

  /** `target` has at least one way. */
  connect(target: Target): void {
    this.#abandon();
    this.#backoff.reset();
    this.#ownServer = "";
    this.#target = target;
    this.#change("connecting", "");
    this.#beginRound();
  }

  /** Say it to whoever is connected. What lasts, those hear as well that are connected later. */
  send(message: ClientMessage): void {
    this.#current?.send(message);
    if (!this.#reminders.keep(message)) return;
    for (const attempt of this.#attempts.values()) {
      if (attempt.isGreeted) attempt.send(message);
    }
  }

  /** The server accepted us, so the next loss is a new one. */
  settled(): void {
    this.#backoff.reset();
    this.#change("negotiated", "");
  }

  /** Try at once what would be tried later: the network came back, or somebody looks again. */
  wake(): void {
    if (this.#current !== undefined) this.#checkAlive(this.#current);
    if (this.#roundTimer === undefined) return;
    this.#backoff.reset();
    this.#dropAttempts(0);
    this.#beginRound();
  }

  /** Start over, whatever was the matter: a person asks for it. */
  retry(): void {
    if (this.#target !== undefined) this.connect(this.#target);
  }

  /** Open nothing until `connect`; says nothing, because whoever stops it knows why. */
  stop(): void {
    this.#abandon();
    this.#target = undefined;
  }

  /** The server said that this is the end; only a person can start over. */
  end(reason: string): void {
    this.#lose(closeReason(CloseCode.NORMAL, reason));
  }

  /** Try the ways: all of them, or those that are better than the one we have. */
  #beginRound(): void {
    this.#stopWaiting();
    this.#nextRank = 0;
    this.#advance();
  }

  /** Try the next way, unless one is under way that may be waited for. */
  #advance(): void {
    const ways = this.#target?.ways ?? [];
    const end = this.#current?.rank ?? ways.length;
    while ([...this.#attempts.values()].every(({ isSilent }) => isSilent)) {
      const rank = this.#nextRank;
      const way = ways[rank];
      if (way === undefined || rank >= end) return this.#endRound();
      this.#nextRank += 1;
      // One that was silent in the last round may still answer: a kernel does when it is no longer busy.
      if (!this.#attempts.has(rank)) this.#begin(rank, way);
    }
  }

  #begin(rank: number, way: Way): void {
    try {
      this.#attempts.set(rank, new Attempt(rank, way, this.#attemptPort, this.#world.open));
    } catch (error) {
      this.#failures.set(rank, forbidden(way, error));
    }
  }

  /** Also when one that was silent ends after its round. */
  #endRound(): void {
    if (this.#current === undefined) return this.#waitOrGiveUp(verdict(this.#inOrder()));
    this.#tell();
    if (this.#current.rank === 0 || this.#roundTimer !== undefined) return;
    this.#roundTimer = setTimeout(() => this.#beginRound(), this.#climbMs);
    this.#climbMs = Math.min(2 * this.#climbMs, LATEST_CLIMB_MS);
  }

  /** Only one is greeted at a time: each that is greeted is a viewer to the server. */
  #greetNext(): void {
    const target = this.#target;
    const attempts = [...this.#attempts.values()];
    if (target === undefined || attempts.some(({ isGreeted, isSilent }) => isGreeted && !isSilent)) return;
    const next = attempts.filter(({ isOpen, isGreeted }) => isOpen && !isGreeted).sort((a, b) => a.rank - b.rank)[0];
    if (next === undefined) return;
    next.greet(target, this.#reminders);
    // What was wrong stays said until the server answers, or it would blink with each try.
    if (this.#current === undefined) this.#change("open", this.#error);
  }

  #onReceived(attempt: Attempt, data: ArrayBuffer | string): void {
    if (!attempt.isGreeted) return;
    if (attempt !== this.#current) this.#take(attempt);
    this.#hasPicture ||= typeof data !== "string";
    this.#endAliveCheck();
    this.#port.received(data);
  }

  /** Go on with `attempt`, and without all that are no better. */
  #take(attempt: Attempt): void {
    attempt.rest();
    this.#attempts.delete(attempt.rank);
    this.#dropAttempts(attempt.rank);
    this.#current?.close();
    this.#current = attempt;
    this.#stopWaiting();
    this.#climbMs = FIRST_CLIMB_MS[attempt.way.rung];
    this.#hasPicture = false;
    this.#port.opened();
    this.#tell();
    this.#greetNext();
    this.#advance();
  }

  #onClosed(attempt: Attempt, code: number, said: string): void {
    const { rank, way, isOpen } = attempt;
    const reason = closeReason(code, said);
    if (code === CloseCode.UNAUTHORIZED) this.#port.refused();
    if (attempt === this.#current) return this.#lose(reason);
    this.#attempts.delete(rank);
    // The end of the stream is its end by every way.
    if (code === CloseCode.NORMAL && isOpen && this.#current === undefined) return this.#lose(reason);
    this.#giveWay(attempt, isOpen ? refused(way, reason) : unreached(way));
  }

  #giveWay({ rank, way, isOpen }: Attempt, failure: Failure): void {
    const isShut = way.rung === "same-origin" && !isOpen;
    this.#failures.set(rank, isShut && this.#ownServer !== "" ? { ...failure, brief: this.#ownServer } : failure);
    this.#greetNext();
    this.#advance();
    if (isShut) void this.#askOwnServer(rank);
  }

  /** Whoever does not answer a socket may answer a plain request. */
  async #askOwnServer(rank: number): Promise<void> {
    const target = this.#target;
    if (target === undefined || target.probeUrl === "") return;
    const brief = swallowed(await this.#world.probe(target.probeUrl));
    const failure = this.#failures.get(rank);
    if (this.#target !== target || failure?.answered !== false || this.#attempts.get(rank)?.isOpen) return;
    this.#ownServer = brief;
    this.#failures.set(rank, { ...failure, brief });
    if (this.#current !== undefined) this.#tell();
    else if (this.#roundTimer !== undefined) this.#change(this.#state, verdict(this.#inOrder()).text);
  }

  /** The connection, or the hope of one, is gone. */
  #lose(reason: CloseReason): void {
    this.#abandon();
    this.#waitOrGiveUp(reason);
  }

  #waitOrGiveUp({ retry, state, text }: CloseReason): void {
    if (retry === "no") this.#abandon();
    else if (this.#roundTimer === undefined) {
      const pauseMs = retry === "slow" ? this.#backoff.slowMs() : this.#backoff.nextMs();
      this.#roundTimer = setTimeout(() => this.#beginRound(), pauseMs);
    }
    this.#change(state, text);
  }

  /** Have the server send its picture once more; nothing else that a page may ask for has an answer. */
  #checkAlive({ way }: Attempt): void {
    // A kernel that is busy answers when it is done.
    if (way.rung === "comm" || this.#reminders.isHidden || !this.#hasPicture || this.#aliveTimer !== undefined) return;
    this.send({ type: "request_keyframe", reason: "is anybody there?" });
    this.#aliveTimer = setTimeout(() => this.#lose(closeReason(WITHOUT_A_WORD, "")), ANSWERS_WITHIN_MS);
  }

  #endAliveCheck(): void {
    clearTimeout(this.#aliveTimer);
    this.#aliveTimer = undefined;
  }

  /** Say anew why it is this way. */
  #tell(): void {
    if (this.#state === "negotiated") this.#change("negotiated", "");
  }

  #change(state: State, error: string): void {
    this.#state = state;
    this.#error = error;
    const way = this.#current?.way;
    const why = way === undefined ? error : whyThisWay(way, this.#inOrder());
    const remedy = state === "negotiated" ? remedyBeside(this.#inOrder()) : "";
    this.#port.changed({ state, error, rung: way?.rung, why, ...(remedy && { remedy }) });
  }

  #inOrder(): Failure[] {
    return [...this.#failures].sort(([a], [b]) => a - b).map(([, failure]) => failure);
  }

  #stopWaiting(): void {
    clearTimeout(this.#roundTimer);
    this.#roundTimer = undefined;
  }

  /** End the attempts that are no better than `rank`, and forget how such ways failed. */
  #dropAttempts(rank: number): void {
    for (const [other, attempt] of this.#attempts) {
      if (other < rank) continue;
      attempt.close();
      this.#attempts.delete(other);
    }
    for (const other of this.#failures.keys()) {
      if (other >= rank) this.#failures.delete(other);
    }
  }

  #abandon(): void {
    this.#stopWaiting();
    this.#endAliveCheck();
    this.#dropAttempts(0);
    this.#current?.close();
    this.#current = undefined;
  }
}
