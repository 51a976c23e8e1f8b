import { Observable } from "../flow/observable.ts";
import type { ViewContext } from "../view/view_context.ts";
import { backdropOf } from "./backdrop.ts";
import { download } from "./download.ts";
import { fileName } from "./file_name.ts";
import { VideoRecorder } from "./video_recorder.ts";

/** Repeat the last frame at this interval, because a player cannot know how long an unrepeated frame lasts. */
const REPEAT_AFTER_MS = 1_000;

/**
 * Records the live picture to a video file: MP4 if the browser supports it, else WebM.
 *
 * The video has the size of the first frame; frames of another size are fitted into it. The recording also ends and is
 * saved when the view is removed, the connection is lost or the browser's encoder fails.
 */
export class RecordingSession {
  /** True while recording. */
  readonly recording = new Observable(false);
  readonly #viewContext: ViewContext;
  readonly #signal: AbortSignal;
  #recorder: VideoRecorder | undefined;
  #ending = new AbortController();
  #saved: Promise<string> = Promise.reject(new Error("There is no recording to save."));
  #frame = 0;
  #repeatTimer: ReturnType<typeof setTimeout> | undefined;

  /** Ends when `signal` aborts. */
  constructor(viewContext: ViewContext, signal: AbortSignal) {
    this.#viewContext = viewContext;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#end(), { once: true });
    this.#saved.catch(() => undefined);
  }

  /** Whether this browser can record video from a canvas. */
  static isSupported(): boolean {
    return VideoRecorder.isSupported();
  }

  /** Start to record; throws an `Error` to show to the user if there is no picture or no browser support. */
  start(): void {
    if (this.#recorder !== undefined || this.#signal.aborted) return;
    const { layout, link, root } = this.#viewContext;
    if (layout === undefined) throw new Error("There is no picture to record yet.");
    this.#recorder = new VideoRecorder(layout.frame, backdropOf(root), () => this.#end());
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    link.followFrames(() => this.#addFrameSoon(), signal);
    link.state.follow((state) => state === "negotiated" || this.#end(), signal);
    this.#addFrame();
    this.recording.value = true;
  }

  /** End the recording, unless it has ended by itself; return the name of the saved file. */
  stop(): Promise<string> {
    this.#end();
    return this.#saved;
  }

  /** Wait for an animation frame, when the page's canvas shows what a worker painted. */
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
    // The caller of `stop` handles a failure; without one it must not count as unhandled.
    this.#saved.catch(() => undefined);
    this.recording.value = false;
  }

  async #save(recorder: VideoRecorder): Promise<string> {
    const name = fileName(this.#viewContext.link.traits.stream, new Date(), recorder.extension);
    download(await recorder.finish(), name);
    return name;
  }
}
