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
  /** Whether a server answered and rejected this page; otherwise there was no answer. */
  readonly answered: boolean;
  /** How to proceed, and the text to show if it was the only candidate. */
  readonly reason: CloseReason;
  /** A short text, to combine with those of other candidates. */
  readonly brief: string;
}

const EXPLANATIONS: Readonly<Record<TransportKind, string>> = {
  direct: VIA_DIRECT,
  "same-origin": VIA_SAME_ORIGIN,
  comm: VIA_COMM,
};

const REMEDY: Readonly<Record<TransportKind, string>> = {
  direct:
    "The kernel may have stopped, or this browser cannot reach that address. Run the cell that made this view again. " +
    'If the notebook runs on another machine, set host="auto", or set base_path to connect through its server.',
  "same-origin":
    "Check that the notebook's server and the kernel are running, and that the server or a proxy forwards WebSockets " +
    "below base_path to the kernel.",
  comm:
    "Retrying. A running cell may have to finish first. If this persists, check that the notebook is connected to " +
    "its kernel, and run the cell that made this view again.",
};

const INSTALL = `In marimo, ${INSTALL_MIDDLEWARE}. In Jupyter, ${INSTALL_JUPYTER_PROXY}.`;

/** A server answered and rejected this page. */
export function rejected(candidate: TransportCandidate, reason: CloseReason): TransportFailure {
  return { candidate, answered: true, reason, brief: reason.text };
}

/** The browser could not connect; a server may start later. */
export function unreachable(candidate: TransportCandidate): TransportFailure {
  const brief = candidate.kind === "comm" ? "The kernel's channel is closed." : `No connection to ${candidate.url}.`;
  return noAnswer(candidate, brief);
}

/** There is no answer yet; a server may still give one. */
export function noAnswerYet(candidate: TransportCandidate): TransportFailure {
  const brief =
    candidate.kind === "comm"
      ? "The kernel does not answer: it is busy with a cell or has stopped."
      : `No answer from ${candidate.url} yet.`;
  return noAnswer(candidate, brief);
}

/** The browser threw `error` instead of connecting. */
export function blockedByBrowser(candidate: TransportCandidate, error: unknown): TransportFailure {
  const detail = error instanceof Error ? error.message : String(error);
  const isPolicy = error instanceof DOMException && error.name === "SecurityError";
  const brief = isPolicy
    ? `The browser blocked ${candidate.url}: ${MIXED_CONTENT}.`
    : `${candidate.url} is not a WebSocket address; it must be ws://host:port/stream or wss://…`;
  const remedy = isPolicy ? sentence(MIXED_CONTENT_REMEDY) : "Correct url, or host and port.";
  const text = `${brief} ${remedy} The browser reported: ${detail}`;
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
 * Return what to fix although a worse transport works; empty if nothing.
 *
 * A missing transport may be intended, but different versions are a mistake that would otherwise go unnoticed.
 */
export function remedyWhileConnected(failures: readonly TransportFailure[]): string {
  return failures.find(({ reason }) => reason.isSkew)?.brief ?? "";
}

/**
 * Return the overall reason when all candidates have failed; a server's answer outweighs a missing one.
 *
 * The page retries while any candidate may still succeed. A rejection over the kernel's comm is final, because it comes
 * from the hub itself.
 */
export function overallReason(failures: readonly TransportFailure[]): CloseReason {
  const answer = failures.findLast(({ answered }) => answered);
  const decisive = answer ?? failures[0];
  if (decisive === undefined) throw new Error("no candidate was tried");
  if (failures.length === 1) return decisive.reason;
  const { reason } = decisive;
  // Several candidates may lead to the same server, which gives the same reason.
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
 * Explain the result of an HTTP request to the page's own server, after a socket through it did not open.
 *
 * `status` is 0 for a redirect, undefined without a response.
 */
export function explainProbeStatus(status: number | undefined): string {
  if (status === undefined) {
    return "The notebook's server does not answer. Check that it is running and that this computer is online.";
  }
  if (status === 200) {
    const reason = `The notebook's server answers, but WebSockets through it fail: ${BLOCKED_UPGRADE}.`;
    return `${reason} ${sentence(BLOCKED_UPGRADE_REMEDY)}`;
  }
  if (status === 0 || status === 401 || status === 403) {
    return "Your session has expired. Reload the page and sign in again.";
  }
  if (status >= 500) {
    return `The notebook's server or a proxy in front of it failed (HTTP ${status}). Check that the kernel is running.`;
  }
  return `The notebook's server does not forward pictures (HTTP ${status}). ${INSTALL}`;
}

function noAnswer(candidate: TransportCandidate, brief: string): TransportFailure {
  const text = `${brief} ${candidate.advice?.remedy ?? REMEDY[candidate.kind]}`;
  const reason: CloseReason = { retry: "normal", state: "reconnecting", text };
  return { candidate, answered: false, reason, brief };
}
