import { Observable } from "../flow/observable.ts";
import type { ViewContext } from "../view/view_context.ts";
import { backdropOf } from "./backdrop.ts";
import { download } from "./download.ts";
import { fileName } from "./file_name.ts";
import { VideoRecorder } from "./video_recorder.ts";

/** A picture at rest is added again so often: a player does not know how long a frame lasts that is not repeated. */
const REPEAT_AFTER_MS = 1_000;

/**
 * Records the picture as it comes to a video file: MP4 where the browser can, else WebM.
 *
 * The video is as large as the frame that was shown first; frames of another size are fitted into it. The recording ends by
 * itself, and is saved, when the view is removed, the connection is lost or the browser gives up.
 */
export class RecordingSession {
  /** True while it records. */
  readonly recording = new Observable(false);
  readonly #viewContext: ViewContext;
  readonly #signal: AbortSignal;
  #recorder: VideoRecorder | undefined;
  #ending = new AbortController();
  #saved: Promise<string> = Promise.reject(new Error("Nothing was recorded yet."));
  #frame = 0;
  #repeatTimer: ReturnType<typeof setTimeout> | undefined;

  /** Ends with `signal`. */
  constructor(viewContext: ViewContext, signal: AbortSignal) {
    this.#viewContext = viewContext;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#end(), { once: true });
    this.#saved.catch(() => undefined);
  }

  /** Whether this browser can record a picture. */
  static isSupported(): boolean {
    return VideoRecorder.isSupported();
  }

  /** Begin to record; fails with an `Error` that a person can read when there is no picture, or no support. */
  start(): void {
    if (this.#recorder !== undefined || this.#signal.aborted) return;
    const { layout, link, root } = this.#viewContext;
    if (layout === undefined) throw new Error("There is no picture yet to record.");
    this.#recorder = new VideoRecorder(layout.frame, backdropOf(root), () => this.#end());
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    link.followFrames(() => this.#addFrameSoon(), signal);
    link.state.follow((state) => state === "negotiated" || this.#end(), signal);
    this.#addFrame();
    this.recording.value = true;
  }

  /** End the recording, if it has not ended by itself, and return the name of the file that it was saved as. */
  stop(): Promise<string> {
    this.#end();
    return this.#saved;
  }

  /** In an animation frame, by which what a worker painted has come to the canvas of the page. */
  #addFrameSoon(): void {
    this.#frame ||= requestAnimationFrame(() => this.#addFrame());
  }

  #addFrame(): void {
    this.#stopTimers();
    const { canvas, layout } = this.#viewContext;
    if (canvas !== undefined && layout !== undefined) this.#recorder?.addFrame(canvas, layout.frame);
    this.#repeatTimer = setTimeout(() => this.#addFrame(), REPEAT_AFTER_MS);
  }

  #stopTimers(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    clearTimeout(this.#repeatTimer);
  }

  #end(): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    this.#addFrame();
    this.#stopTimers();
    this.#recorder = undefined;
    this.#ending.abort();
    this.#saved = this.#save(recorder);
    // Whoever wants to know asks `stop`; nobody has to.
    this.#saved.catch(() => undefined);
    this.recording.value = false;
  }

  async #save(recorder: VideoRecorder): Promise<string> {
    const name = fileName(this.#viewContext.link.traits.stream, new Date(), recorder.extension);
    download(await recorder.finish(), name);
    return name;
  }
}
