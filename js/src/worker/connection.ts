import { Backoff } from "../flow/backoff.ts";
import type { CloseReason } from "../flow/close_reason.ts";
import { closeReason } from "../flow/close_reason.ts";
import { StickyMessages } from "../flow/sticky_messages.ts";
import type { TransportFailure } from "../flow/transport_diagnostics.ts";
import {
  blockedByBrowser,
  explainProbeStatus,
  explainTransport,
  noAnswerYet,
  overallReason,
  rejected,
  remedyWhileConnected,
  unreachable,
} from "../flow/transport_diagnostics.ts";
import type { ClientMessage } from "../wire/messages.ts";
import { CloseCode } from "../wire/messages.ts";
import type { ConnectionState, LinkState, Target, TransportCandidate } from "../wire/worker_messages.ts";
import type { AttemptListener } from "./connection_attempt.ts";
import { ConnectionAttempt } from "./connection_attempt.ts";
import type { OpenTransport } from "./transport.ts";

/** Receives the events of a connection. */
export interface ConnectionListener {
  /** Messages now come from another transport; state of the earlier one is void. */
  onOpen(): void;
  onMessage(data: ArrayBuffer | string): void;
  /** The server rejected the token of the target; called before the state changes. */
  onUnauthorized(): void;
  onStateChange(linkState: LinkState): void;
}

/** The side effects of a connection; tests replace them. */
export interface Environment {
  readonly open: OpenTransport;
  /** Returns the status of an HTTP request; 0 for a redirect, undefined without a response. Never rejects. */
  readonly probe: (url: string) => Promise<number | undefined>;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

const FIRST_UPGRADE_MS = { direct: 30_000, "same-origin": 30_000, comm: 5_000 };
const MAX_UPGRADE_MS = 300_000;
/** After the machine slept, a dead socket may still look open. */
const LIVENESS_TIMEOUT_MS = 4_000;
/** The code for a socket that ended without a close frame. */
const ABNORMAL_CLOSURE = 1006;

/**
 * Keeps one connection to one target, over the best transport that works.
 *
 * A round tries the candidates in order, as Happy Eyeballs does (RFC 8305): the next attempt starts once the last one
 * has failed or is overdue, and an overdue one may still win. Rounds repeat, with backoff, until one connects. On a
 * worse transport, upgrade rounds retry the better candidates, and one that answers takes over between two frames. A
 * lost connection starts new rounds.
 */
export class Connection {
  readonly #listener: ConnectionListener;
  readonly #environment: Environment;
  readonly #backoff: Backoff;
  readonly #attemptListener: AttemptListener = {
    onOpen: () => this.#sendNextHello(),
    onMessage: (attempt, data) => this.#onReceived(attempt, data),
    onClose: (attempt, code, reason) => this.#onClosed(attempt, code, reason),
    onOverdue: (attempt) => this.#onFailure(attempt, noAnswerYet(attempt.candidate)),
  };
  readonly #stickyMessages = new StickyMessages();
  /** The attempts in progress, by rank, without the current connection. */
  readonly #attempts = new Map<number, ConnectionAttempt>();
  /** How the last attempt of each candidate failed, by rank. */
  readonly #failures = new Map<number, TransportFailure>();
  #target: Target | undefined;
  #current: ConnectionAttempt | undefined;
  #nextRank = 0;
  #state: ConnectionState = "connecting";
  #error = "";
  /** The last probe result for the page's own server; reused so that the text does not alternate. */
  #ownServer = "";
  /** Until the next round. */
  #roundTimer: ReturnType<typeof setTimeout> | undefined;
  #upgradeMs = 0;
  #livenessTimer: ReturnType<typeof setTimeout> | undefined;
  #hasPicture = false;

  constructor(listener: ConnectionListener, environment: Environment) {
    this.#listener = listener;
    this.#environment = environment;
    this.#backoff = new Backoff(environment.random);
  }

  /** `target` has at least one candidate. */
  connect(target: Target): void {
    this.#abandon();
    this.#backoff.reset();
    this.#ownServer = "";
    this.#target = target;
    this.#setState("connecting", "");
    this.#beginRound();
  }

  /** Send `message` to the current server. A sticky message is repeated to every later one. */
  send(message: ClientMessage): void {
    this.#current?.send(message);
    if (!this.#stickyMessages.keep(message)) return;
    for (const attempt of this.#attempts.values()) {
      if (attempt.isHelloSent) attempt.send(message);
    }
  }

  /** The server accepted this page, so the next loss starts with a short backoff. */
  negotiated(): void {
    this.#backoff.reset();
    this.#setState("negotiated", "");
  }

  /** Do not wait for the next round: the network is back, or the page is visible again. */
  wake(): void {
    if (this.#current !== undefined) this.#checkLiveness(this.#current);
    if (this.#roundTimer === undefined) return;
    this.#backoff.reset();
    this.#dropAttempts(0);
    this.#beginRound();
  }

  /** Start over from any state, because the user asked for it. */
  retry(): void {
    if (this.#target !== undefined) this.connect(this.#target);
  }

  /** Close until the next `connect`, without a state change: the caller knows why. */
  stop(): void {
    this.#abandon();
    this.#target = undefined;
  }

  /** The server ended the stream; only the user can reconnect. */
  end(reason: string): void {
    this.#lose(closeReason(CloseCode.NORMAL, reason));
  }

  /** Try all candidates, or those that are better than the current one. */
  #beginRound(): void {
    this.#stopWaiting();
    this.#nextRank = 0;
    this.#startNext();
  }

  /** Try the next candidate once all attempts in progress are overdue. */
  #startNext(): void {
    const candidates = this.#target?.candidates ?? [];
    const end = this.#current?.rank ?? candidates.length;
    while ([...this.#attempts.values()].every(({ isOverdue }) => isOverdue)) {
      const rank = this.#nextRank;
      const candidate = candidates[rank];
      if (candidate === undefined || rank >= end) return this.#endRound();
      this.#nextRank += 1;
      // An overdue attempt of the last round may still succeed: a busy kernel answers when it is idle.
      if (!this.#attempts.has(rank)) this.#startAttempt(rank, candidate);
    }
  }

  #startAttempt(rank: number, candidate: TransportCandidate): void {
    try {
      this.#attempts.set(rank, new ConnectionAttempt(rank, candidate, this.#attemptListener, this.#environment.open));
    } catch (error) {
      this.#failures.set(rank, blockedByBrowser(candidate, error));
    }
  }

  /** Also called when an overdue attempt ends after its round. */
  #endRound(): void {
    if (this.#current === undefined) return this.#waitOrGiveUp(overallReason(this.#failuresInOrder()));
    this.#reportAgain();
    if (this.#current.rank === 0 || this.#roundTimer !== undefined) return;
    this.#roundTimer = setTimeout(() => this.#beginRound(), this.#upgradeMs);
    this.#upgradeMs = Math.min(2 * this.#upgradeMs, MAX_UPGRADE_MS);
  }

  /** Send one `hello` at a time, because each one counts as a viewer on the server. */
  #sendNextHello(): void {
    const target = this.#target;
    const attempts = [...this.#attempts.values()];
    if (target === undefined || attempts.some(({ isHelloSent, isOverdue }) => isHelloSent && !isOverdue)) return;
    const next = attempts
      .filter(({ isOpen, isHelloSent }) => isOpen && !isHelloSent)
      .sort((a, b) => a.rank - b.rank)[0];
    if (next === undefined) return;
    next.sendHello(target, this.#stickyMessages);
    // The error stays until the server answers; otherwise it would flicker with each attempt.
    if (this.#current === undefined) this.#setState("open", this.#error);
  }

  #onReceived(attempt: ConnectionAttempt, data: ArrayBuffer | string): void {
    if (!attempt.isHelloSent) return;
    if (attempt !== this.#current) this.#adopt(attempt);
    this.#hasPicture ||= typeof data !== "string";
    this.#endLivenessCheck();
    this.#listener.onMessage(data);
  }

  /** Make `attempt` the current connection and drop all attempts of the same or a worse rank. */
  #adopt(attempt: ConnectionAttempt): void {
    attempt.stopTimer();
    this.#attempts.delete(attempt.rank);
    this.#dropAttempts(attempt.rank);
    this.#current?.close();
    this.#current = attempt;
    this.#stopWaiting();
    this.#upgradeMs = FIRST_UPGRADE_MS[attempt.candidate.kind];
    this.#hasPicture = false;
    this.#listener.onOpen();
    this.#reportAgain();
    this.#sendNextHello();
    this.#startNext();
  }

  #onClosed(attempt: ConnectionAttempt, code: number, serverReason: string): void {
    const { rank, candidate, isOpen } = attempt;
    const reason = closeReason(code, serverReason);
    if (code === CloseCode.UNAUTHORIZED) this.#listener.onUnauthorized();
    if (attempt === this.#current) return this.#lose(reason);
    this.#attempts.delete(rank);
    // A stream that has ended has ended for every candidate.
    if (code === CloseCode.NORMAL && isOpen && this.#current === undefined) return this.#lose(reason);
    this.#onFailure(attempt, isOpen ? rejected(candidate, reason) : unreachable(candidate));
  }

  #onFailure({ rank, candidate, isOpen }: ConnectionAttempt, failure: TransportFailure): void {
    const isShut = candidate.kind === "same-origin" && !isOpen;
    this.#failures.set(rank, isShut && this.#ownServer !== "" ? { ...failure, brief: this.#ownServer } : failure);
    this.#sendNextHello();
    this.#startNext();
    if (isShut) void this.#probeOwnServer(rank);
  }

  /** Find out with an HTTP request why the server opened no socket. */
  async #probeOwnServer(rank: number): Promise<void> {
    const target = this.#target;
    if (target === undefined || target.probeUrl === "") return;
    const brief = explainProbeStatus(await this.#environment.probe(target.probeUrl));
    const failure = this.#failures.get(rank);
    if (this.#target !== target || failure?.answered !== false || this.#attempts.get(rank)?.isOpen) return;
    this.#ownServer = brief;
    this.#failures.set(rank, { ...failure, brief });
    if (this.#current !== undefined) this.#reportAgain();
    else if (this.#roundTimer !== undefined) this.#setState(this.#state, overallReason(this.#failuresInOrder()).text);
  }

  /** Drop the connection and all attempts. */
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
    this.#setState(state, text);
  }

  /** Request a keyframe: it is the only message that every server answers. */
  #checkLiveness({ candidate }: ConnectionAttempt): void {
    // A busy kernel answers the comm only when it is idle.
    if (
      candidate.kind === "comm" ||
      this.#stickyMessages.isHidden ||
      !this.#hasPicture ||
      this.#livenessTimer !== undefined
    )
      return;
    this.send({ type: "request_keyframe", reason: "is anybody there?" });
    this.#livenessTimer = setTimeout(() => this.#lose(closeReason(ABNORMAL_CLOSURE, "")), LIVENESS_TIMEOUT_MS);
  }

  #endLivenessCheck(): void {
    clearTimeout(this.#livenessTimer);
    this.#livenessTimer = undefined;
  }

  /** Report an updated reason for the current transport. */
  #reportAgain(): void {
    if (this.#state === "negotiated") this.#setState("negotiated", "");
  }

  #setState(state: ConnectionState, error: string): void {
    this.#state = state;
    this.#error = error;
    const candidate = this.#current?.candidate;
    const why = candidate === undefined ? error : explainTransport(candidate, this.#failuresInOrder());
    const remedy = state === "negotiated" ? remedyWhileConnected(this.#failuresInOrder()) : "";
    this.#listener.onStateChange({ state, error, transport: candidate?.kind, why, ...(remedy && { remedy }) });
  }

  #failuresInOrder(): TransportFailure[] {
    return [...this.#failures].sort(([a], [b]) => a - b).map(([, failure]) => failure);
  }

  #stopWaiting(): void {
    clearTimeout(this.#roundTimer);
    this.#roundTimer = undefined;
  }

  /** Close the attempts of `rank` and worse, and forget their failures. */
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
    this.#endLivenessCheck();
    this.#dropAttempts(0);
    this.#current?.close();
    this.#current = undefined;
  }
}
