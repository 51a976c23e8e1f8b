import type { FullConfig, Reporter, Suite, TestCase, TestError } from "@playwright/test/reporter";
import { relative } from "node:path";

// The end of a log is often all that is kept of it.
const MOST_FAILURES = 8;
const MOST_CHARACTERS = 400;

/** Says at the very end in a line or two what failed and why; the reporter "list" says it at length, far above. */
export default class LastWord implements Reporter {
  #suite: Suite | undefined;
  #folder = "";
  /** Of no test: a file that cannot be loaded, a worker that cannot be torn down. */
  readonly #errors: TestError[] = [];

  onBegin(config: FullConfig, suite: Suite): void {
    this.#folder = config.rootDir;
    this.#suite = suite;
  }

  onError(error: TestError): void {
    this.#errors.push(error);
  }

  onEnd(): void {
    const failed = this.#suite?.allTests().filter((test) => test.outcome() === "unexpected") ?? [];
    const notes = [
      ...this.#errors.map((error) => this.#note("outside of the tests", error)),
      ...failed.map((test) => this.#noteOf(test)),
    ];
    if (notes.length === 0) return;
    const shown = notes.slice(0, MOST_FAILURES);
    const rest = notes.length > shown.length ? [`and ${notes.length - shown.length} more`] : [];
    console.log(["\nin short:", ...shown, ...rest].join("\n"));
  }

  #noteOf(test: TestCase): string {
    const { status = "skipped", error, duration = 0, attachments = [] } = test.results.at(-1) ?? {};
    const where = `${relative(this.#folder, test.location.file)}:${test.location.line}`;
    const views = attachments.find(({ name }) => name === "views")?.body;
    const note = this.#note(`${where} › ${test.title} (${status} after ${Math.round(duration / 1000)} s)`, error);
    return views === undefined ? note : `${note}\n    views: ${shortened(views.toString())}`;
  }

  #note(what: string, error: TestError | undefined): string {
    const { message = error?.value ?? "no error", stack = "" } = error ?? {};
    const [said = ""] = uncolored(message).split(/call log:/i);
    const lines = said.split("\n").map((line) => line.trim().replace(/\s+/g, " "));
    const text = lines.filter((line, index) => line !== "" && !lines[index - 1]?.endsWith(line)).join(" | ");
    return `${what}\n    ${shortened(text)}${this.#placesIn(stack)}`;
  }

  /** The lines of the tests and of their support that led to an error, the innermost first. */
  #placesIn(stack: string): string {
    const places = uncolored(stack)
      .split("\n")
      .filter((line) => line.includes(this.#folder) && !line.includes("node_modules"))
      .map((line) => line.slice(line.indexOf(this.#folder) + this.#folder.length + 1).replace(/:\d+\)?$/, ""));
    return places.length === 0 ? "" : ` | at ${places.join(" < ")}`;
  }
}

/** Without its middle when it is long: of a program's output the end is what counts. */
function shortened(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, MOST_CHARACTERS / 2)} … ${text.slice(-MOST_CHARACTERS / 2)}`;
}

function uncolored(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}
