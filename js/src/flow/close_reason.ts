import { SKEW_REMEDY } from "../wire/advice.ts";
import { CloseCode } from "../wire/messages.ts";
import { sentence } from "./sentence.ts";

/** What to do after a close, and the text to show. */
export interface CloseReason {
  readonly retry: "no" | "normal" | "slow";
  readonly state: "closed" | "error" | "reconnecting";
  readonly text: string;
  /** Show it even if another transport works: the versions should match. */
  readonly isSkew?: true;
}

/** Interpret a close code; `reason` is the server's own text, which is added where it helps. */
export function closeReason(code: number, reason: string): CloseReason {
  const detail = reason === "" ? "" : ` The server reported: ${reason}`;
  switch (code) {
    case CloseCode.NORMAL:
      return {
        retry: "no",
        state: "closed",
        text: `Closed: ${reason || "the stream ended"}. Run the cell that made the stream again.`,
      };
    case CloseCode.UNAUTHORIZED:
      return error(`Not authorised: ${refusal(reason)}.`);
    case CloseCode.NOT_FOUND:
      return error(
        `Not found: ${reason || "there is no such stream"}. Check its name, and that the cell that serves it has run.`,
      );
    case CloseCode.VERSION:
      return {
        ...error(
          `The connection through marimo's server failed: ${reason || "its marimo-rfb differs from the kernel's"}. ` +
            sentence(SKEW_REMEDY),
        ),
        isSkew: true,
      };
    case CloseCode.NO_TRANSPORT:
      return error(
        `The server offers no codec that this browser can decode. Allow JPEG or PNG on the server.${detail}`,
      );
    case CloseCode.TOO_BIG:
      return error(`The server rejected a message that was too large. Reload the page.${detail}`);
    case CloseCode.TOO_MANY:
      return {
        retry: "slow",
        state: "reconnecting",
        text: `The stream has reached its maximum number of viewers. Retrying. Close another view of it to make room.${detail}`,
      };
    case CloseCode.PROTOCOL:
      return {
        retry: "slow",
        state: "reconnecting",
        text:
          "The server rejected a message from this page. Retrying. If this persists, reload the page and install the " +
          `same marimo-rfb on both sides.${detail}`,
      };
    case CloseCode.GOING_AWAY:
      return lost(
        `The server shut down. Reconnecting. If the kernel restarted, run the cell that made this view.${detail}`,
      );
    case CloseCode.NO_HELLO:
      return lost(
        `The server timed out waiting for this page. Reconnecting. If this persists, check the network.${detail}`,
      );
    default:
      return lost(
        `The connection was lost. Reconnecting. If the kernel restarted, run the cell that made this view.${detail}`,
      );
  }
}

/** An older server gives no reason. */
function refusal(reason: string): string {
  const why = reason === "" || reason === "unauthorized" ? "the token is missing or wrong" : reason;
  return /\btoken\b/.test(why) ? `${why}. Run the cell that made this view again` : why;
}

function error(text: string): CloseReason {
  return { retry: "no", state: "error", text };
}

function lost(text: string): CloseReason {
  return { retry: "normal", state: "reconnecting", text };
}
