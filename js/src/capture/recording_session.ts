import { Observable } from "../flow/observable.ts";
import type { Deck } from "../view/view_context.ts";
import { backdropOf } from "./backdrop.ts";
import { download } from "./download.ts";
import { fileName } from "./file_name.ts";
import { Film } from "./video_recorder.ts";

/** A picture that rests is taken again so often: of what is not said again, a player does not know how long it lasts. */
const AGAIN_MS = 1_000;

/**
 * Records the picture as it comes to a video file: MP4 where the browser can, else WebM.
 *
 * The film is as large as the frame that was shown first; frames of another size are fitted into it. The recording ends by
 * itself, and is saved, when the view is removed, the connection is lost or the browser gives up.
 */
export class Recorder {
  /** True while it records. */
  readonly recording = new Observable(false);
  readonly #deck: Deck;
  readonly #signal: AbortSignal;
  #film: Film | undefined;
  #ending = new AbortController();
  #saved: Promise<string> = Promise.reject(new Error("Nothing was recorded yet."));
  #frame = 0;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Ends with `signal`. */
  constructor(deck: Deck, signal: AbortSignal) {
    this.#deck = deck;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#end(), { once: true });
    this.#saved.catch(() => undefined);
  }

  /** Whether this browser can record a picture. */
  static isSupported(): boolean {
    return Film.isSupported();
  }

  /** Begin to record; fails with an `Error` that a person can read when there is no picture, or no way. */
  start(): void {
    if (this.#film !== undefined || this.#signal.aborted) return;
    const { scene, link, root } = this.#deck;
    if (scene === undefined) throw new Error("There is no picture yet to record.");
    this.#film = new Film(scene.frame, backdropOf(root), () => this.#end());
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    link.followFrames(() => this.#takeSoon(), signal);
    link.state.follow((state) => state === "negotiated" || this.#end(), signal);
    this.#take();
    this.recording.value = true;
  }

  /** End the recording, if it has not ended by itself, and return the name of the file that it was saved as. */
  stop(): Promise<string> {
    this.#end();
    return this.#saved;
  }

  /** In an animation frame, by which what a worker painted has come to the canvas of the page. */
  #takeSoon(): void {
    this.#frame ||= requestAnimationFrame(() => this.#take());
  }

  #take(): void {
    this.#stopTimers();
    const { canvas, scene } = this.#deck;
    if (canvas !== undefined && scene !== undefined) this.#film?.take(canvas, scene.frame);
    this.#again = setTimeout(() => this.#take(), AGAIN_MS);
  }

  #stopTimers(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    clearTimeout(this.#again);
  }

  #end(): void {
    const film = this.#film;
    if (film === undefined) return;
    this.#take();
    this.#stopTimers();
    this.#film = undefined;
    this.#ending.abort();
    this.#saved = this.#save(film);
    // Whoever wants to know asks `stop`; nobody has to.
    this.#saved.catch(() => undefined);
    this.recording.value = false;
  }

  async #save(film: Film): Promise<string> {
    const name = fileName(this.#deck.link.traits.stream, new Date(), film.extension);
    download(await film.end(), name);
    return name;
  }
}
