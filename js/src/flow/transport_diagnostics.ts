import type { TransportKind, TransportCandidate } from "../wire/worker_messages.ts";
import type { CloseReason } from "./close_reason.ts";

/** Why one way did not work. */
export interface TransportFailure {
  readonly candidate: TransportCandidate;
  /** Whether somebody answered, and said no; otherwise nobody did. */
  readonly answered: boolean;
  /** What to do about it, and what to say when there is no other candidate. */
  readonly reason: CloseReason;
  /** What to say of it beside other ways. */
  readonly brief: string;
}

const EXPLANATIONS: Readonly<Record<TransportKind, string>> = {
  direct: "Directly to the kernel's port.",
  "same-origin": "Through the notebook's own server.",
  comm: "Over the kernel's channel, which is slow and so carries few and small pictures.",
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

const INSTALL =
  "install marimo-rfb where that server runs (in Jupyter also jupyter-server-proxy), do not switch its middleware " +
  "off, and start the server anew.";

/** Somebody answered that candidate, and said no. */
export function rejected(candidate: TransportCandidate, reason: CloseReason): TransportFailure {
  return { candidate, answered: true, reason, brief: reason.text };
}

/** Nobody is there, as far as a browser tells; somebody may come yet. */
export function unreachable(candidate: TransportCandidate): TransportFailure {
  const brief = candidate.kind === "comm" ? "The kernel's channel is closed." : `No connection to ${candidate.url}.`;
  return noAnswer(candidate, brief);
}

/** Nobody has answered so far; somebody may yet. */
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
    ? `The browser does not let this page open ${candidate.url}; from an https page only encrypted addresses can be opened.`
    : `${candidate.url} is not an address that a browser can open; it must be ws://host:port/stream or wss://…`;
  const remedy = isPolicy
    ? " Go through the notebook's own server (base_path), or give a wss:// address (url)."
    : " Correct url, or host and port.";
  const text = `${brief}${remedy} The browser said: ${detail}`;
  return { candidate, answered: false, reason: { retry: "no", state: "error", text }, brief };
}

/** Says what carries the pictures, and what became of the better ways. */
export function explainTransport(candidate: TransportCandidate, failures: readonly TransportFailure[]): string {
  const hasOwnServer = failures.some(({ candidate: { kind } }) => kind === "same-origin");
  const advice = candidate.advice?.better ?? `For more, go through the notebook's own server: ${INSTALL}`;
  const advices = candidate.kind === "comm" && !hasOwnServer ? [advice] : [];
  return [EXPLANATIONS[candidate.kind], ...new Set(failures.map(({ brief }) => brief)), ...advices].join(" ");
}

/**
 * What to mend although the pictures come, by a lesser way; empty when there is nothing.
 *
 * That a way is missing may be as somebody wants it. Versions that differ are an accident, which nobody would look for.
 */
export function remedyWhileConnected(failures: readonly TransportFailure[]): string {
  return failures.find(({ reason }) => reason.isSkew)?.brief ?? "";
}

/**
 * The verdict when no way is left: what a server said counts for more than that nobody was there.
 *
 * As long as one way may still come up, it is tried again; but by the kernel's channel it is the hub itself that says no.
 */
export function overallReason(failures: readonly TransportFailure[]): CloseReason {
  const answer = failures.findLast(({ answered }) => answered);
  const telling = answer ?? failures[0];
  if (telling === undefined) throw new Error("no way was tried");
  if (failures.length === 1) return telling.reason;
  const { reason } = telling;
  // By each way the same server may say the same.
  const others = new Set(failures.map(({ brief }) => brief));
  others.delete(telling.brief);
  const remedy =
    failures.find(({ candidate }) => candidate.advice !== undefined)?.candidate.advice?.remedy ?? REMEDY.comm;
  const text = answer === undefined ? [telling.brief, ...others, remedy].join(" ") : [reason.text, ...others].join(" ");
  const open = [telling, ...failures].find((failure) => failure.reason.retry !== "no")?.reason;
  const isFinal = telling.candidate.kind === "comm" && reason.retry === "no";
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
    return (
      "The notebook's own server answers, but no WebSocket through it opens: a proxy on the way holds them back, and " +
      "whoever runs it must let it pass the Upgrade and Connection headers on."
    );
  }
  if (status === 0 || status === 401 || status === 403) {
    return "The notebook's own server does not know you any more; reload the page and sign in again.";
  }
  if (status >= 500) {
    return `The notebook's own server, or a proxy before it, is in trouble (status ${status}); is the kernel running?`;
  }
  return `The notebook's own server does not pass pictures on (status ${status}): ${INSTALL}`;
}

function noAnswer(candidate: TransportCandidate, brief: string): TransportFailure {
  const text = `${brief} ${candidate.advice?.remedy ?? REMEDY[candidate.kind]}`;
  const reason: CloseReason = { retry: "normal", state: "reconnecting", text };
  return { candidate, answered: false, reason, brief };
}
