import {
  BLOCKED_UPGRADE,
  BLOCKED_UPGRADE_REMEDY,
  INSTALL_JUPYTER_PROXY,
  INSTALL_MIDDLEWARE,
  MIXED_CONTENT,
  MIXED_CONTENT_REMEDY,
  VIA_COMM,
  VIA_DIRECT,
  VIA_SAME_ORIGIN,
} from "../wire/advice.ts";
import type { TransportCandidate, TransportKind } from "../wire/worker_messages.ts";
import type { CloseReason } from "./close_reason.ts";
import { sentence } from "./sentence.ts";

/** Why one transport candidate failed. */
export interface TransportFailure {
  readonly candidate: TransportCandidate;
  /** Whether a server answered and rejected us; otherwise nobody answered. */
  readonly answered: boolean;
  /** What to do about it, and the text when there is no other candidate. */
  readonly reason: CloseReason;
  /** The text beside those of other candidates. */
  readonly brief: string;
}

const EXPLANATIONS: Readonly<Record<TransportKind, string>> = {
  direct: VIA_DIRECT,
  "same-origin": VIA_SAME_ORIGIN,
  comm: VIA_COMM,
};

const REMEDY: Readonly<Record<TransportKind, string>> = {
  direct:
    "The kernel may have stopped, or that address cannot be reached from here. Run the cell that made this view " +
    'again; if the notebook runs on another machine, set host="auto", or base_path to go through its server.',
  "same-origin":
    "Check that the notebook's server and the kernel are running, and that base_path is where that server, or a " +
    "proxy, passes WebSockets on to the kernel.",
  comm:
    "Trying again. A running cell may have to end first; if this stays, check that the notebook is connected to its " +
    "kernel, and run the cell that made this view again.",
};

const INSTALL = `In marimo, ${INSTALL_MIDDLEWARE}. In Jupyter, ${INSTALL_JUPYTER_PROXY}.`;

/** A server answered on that candidate, and rejected us. */
export function rejected(candidate: TransportCandidate, reason: CloseReason): TransportFailure {
  return { candidate, answered: true, reason, brief: reason.text };
}

/** Nobody is there, as far as the browser reports; a server may start later. */
export function unreachable(candidate: TransportCandidate): TransportFailure {
  const brief = candidate.kind === "comm" ? "The kernel's channel is closed." : `No connection to ${candidate.url}.`;
  return noAnswer(candidate, brief);
}

/** Nobody has answered so far; a server may still do so. */
export function noAnswerYet(candidate: TransportCandidate): TransportFailure {
  const brief =
    candidate.kind === "comm"
      ? "The kernel does not answer: it is busy with a cell, or has stopped."
      : `No answer from ${candidate.url} yet.`;
  return noAnswer(candidate, brief);
}

/** The browser threw `error` when it was asked for that candidate. */
export function blockedByBrowser(candidate: TransportCandidate, error: unknown): TransportFailure {
  const detail = error instanceof Error ? error.message : String(error);
  const isPolicy = error instanceof DOMException && error.name === "SecurityError";
  const brief = isPolicy
    ? `The browser does not let this page open ${candidate.url}: ${MIXED_CONTENT}.`
    : `${candidate.url} is not an address that a browser can open; it must be ws://host:port/stream or wss://…`;
  const remedy = isPolicy ? sentence(MIXED_CONTENT_REMEDY) : "Correct url, or host and port.";
  const text = `${brief} ${remedy} The browser said: ${detail}`;
  return { candidate, answered: false, reason: { retry: "no", state: "error", text }, brief };
}

/** Name the transport in use, and why each better candidate failed. */
export function explainTransport(candidate: TransportCandidate, failures: readonly TransportFailure[]): string {
  const hasOwnServer = failures.some(({ candidate: { kind } }) => kind === "same-origin");
  const advice = candidate.advice?.better ?? `For more and larger pictures, connect ${VIA_SAME_ORIGIN}. ${INSTALL}`;
  const advices = candidate.kind === "comm" && !hasOwnServer ? [advice] : [];
  return [sentence(EXPLANATIONS[candidate.kind]), ...new Set(failures.map(({ brief }) => brief)), ...advices].join(" ");
}

/**
 * What to fix although the pictures come, by a worse transport; empty when there is nothing.
 *
 * A missing transport may be intended. Versions that differ are an accident, which nobody would look for.
 */
export function remedyWhileConnected(failures: readonly TransportFailure[]): string {
  return failures.find(({ reason }) => reason.isSkew)?.brief ?? "";
}

/**
 * The overall reason when no candidate is left: the answer of a server counts for more than a missing one.
 *
 * As long as one candidate may still succeed, it is tried again; but over the kernel's comm the hub itself rejects us.
 */
export function overallReason(failures: readonly TransportFailure[]): CloseReason {
  const answer = failures.findLast(({ answered }) => answered);
  const decisive = answer ?? failures[0];
  if (decisive === undefined) throw new Error("no candidate was tried");
  if (failures.length === 1) return decisive.reason;
  const { reason } = decisive;
  // On each candidate the same server may give the same reason.
  const others = new Set(failures.map(({ brief }) => brief));
  others.delete(decisive.brief);
  const remedy =
    failures.find(({ candidate }) => candidate.advice !== undefined)?.candidate.advice?.remedy ?? REMEDY.comm;
  const text =
    answer === undefined ? [decisive.brief, ...others, remedy].join(" ") : [reason.text, ...others].join(" ");
  const open = [decisive, ...failures].find((failure) => failure.reason.retry !== "no")?.reason;
  const isFinal = decisive.candidate.kind === "comm" && reason.retry === "no";
  return isFinal || open === undefined ? { ...reason, text } : { retry: open.retry, state: "reconnecting", text };
}

/**
 * What a plain request to the page's own server showed, after a socket through it did not open.
 *
 * `status` is 0 for a redirection, undefined when nobody answered.
 */
export function explainProbeStatus(status: number | undefined): string {
  if (status === undefined) {
    return "The notebook's own server does not answer; is it running, and is this computer online?";
  }
  if (status === 200) {
    const reason = `The notebook's own server answers, but no WebSocket through it opens: ${BLOCKED_UPGRADE}.`;
    return `${reason} ${sentence(BLOCKED_UPGRADE_REMEDY)}`;
  }
  if (status === 0 || status === 401 || status === 403) {
    return "Your session has expired; reload the page and sign in again.";
  }
  if (status >= 500) {
    return `The notebook's own server, or a proxy before it, is in trouble (status ${status}); is the kernel running?`;
  }
  return `The notebook's own server does not pass pictures on (status ${status}). ${INSTALL}`;
}

function noAnswer(candidate: TransportCandidate, brief: string): TransportFailure {
  const text = `${brief} ${candidate.advice?.remedy ?? REMEDY[candidate.kind]}`;
  const reason: CloseReason = { retry: "normal", state: "reconnecting", text };
  return { candidate, answered: false, reason, brief };
}
