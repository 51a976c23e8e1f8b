import { SKEW_REMEDY } from "../wire/advice.ts";
import { CloseCode } from "../wire/messages.ts";
import { sentence } from "./sentence.ts";

/** What to do after a close, and the text for a person. */
export interface CloseReason {
  readonly retry: "no" | "normal" | "slow";
  readonly state: "closed" | "error" | "reconnecting";
  readonly text: string;
  /** It should be fixed although another transport brings the pictures. */
  readonly isSkew?: true;
}

/** Decide by the close code; `reason` is the server's own text and is added where it helps. */
export function closeReason(code: number, reason: string): CloseReason {
  const detail = reason === "" ? "" : ` The server said: ${reason}`;
  switch (code) {
    case CloseCode.NORMAL:
      return {
        retry: "no",
        state: "closed",
        text: `Closed: ${reason || "the stream ended"}. Run the cell that made it to see it again.`,
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
          `Through marimo's server nothing comes: ${reason || "it has another marimo-rfb than the kernel"}. ` +
            sentence(SKEW_REMEDY),
        ),
        isSkew: true,
      };
    case CloseCode.NO_TRANSPORT:
      return error(
        `The server cannot encode anything that this browser can show; allow JPEG or PNG on the server.${detail}`,
      );
    case CloseCode.TOO_BIG:
      return error(`A message was larger than the server takes; reload the page.${detail}`);
    case CloseCode.TOO_MANY:
      return {
        retry: "slow",
        state: "reconnecting",
        text: `The stream has as many viewers as it takes; close another view of it. Trying again.${detail}`,
      };
    case CloseCode.PROTOCOL:
      return {
        retry: "slow",
        state: "reconnecting",
        text:
          "The server refused a message of this page. Trying again; if this stays, reload the page, and have the " +
          `same marimo-rfb on both sides.${detail}`,
      };
    case CloseCode.GOING_AWAY:
      return lost(
        `The server went away. Trying again; if the kernel was restarted, run the cell that made this view.${detail}`,
      );
    case CloseCode.NO_HELLO:
      return lost(
        `The server did not hear from this page in time. Trying again; if this stays, the network is too slow.${detail}`,
      );
    default:
      return lost(
        `The connection was lost. Trying again; if the kernel was restarted, run the cell that made this view.${detail}`,
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
