import { filmBitsPerS, filmSize, placeOnFilm } from "../flow/video_size.ts";
import type { Size } from "../flow/geometry.ts";
import { withDuration } from "../flow/webm.ts";

interface Kind {
  readonly mime: string;
  readonly extension: string;
}

/** Best first: MP4 plays everywhere and can be cut. The browser lowers profile and level to what the size needs. */
const KINDS: readonly Kind[] = [
  { mime: "video/mp4;codecs=avc1.64003E", extension: "mp4" },
  { mime: "video/mp4;codecs=avc1", extension: "mp4" },
  { mime: "video/webm;codecs=vp9", extension: "webm" },
  { mime: "video/webm;codecs=vp8", extension: "webm" },
];

/** Handed over so often, so that the browser may put a long film on disk. */
const CHUNK_MS = 1_000;

/** Where a WebM file says how long it is. */
const HEAD_BYTES = 4_096;

/** A video of pictures that come when they come. */
export class Film {
  readonly extension: string;
  readonly #size: Size;
  readonly #backdrop: string;
  readonly #context: CanvasRenderingContext2D;
  readonly #track: CanvasCaptureMediaStreamTrack;
  readonly #recorder: MediaRecorder;
  readonly #chunks: Blob[] = [];
  readonly #done: Promise<void>;
  #firstMs: number | undefined;
  #lastMs = 0;

  /**
   * Begin a film of frames of that size.
   *
   * `backdrop` is the colour behind what is transparent in them; `failed` is called when the browser gives up.
   */
  constructor(frame: Size, backdrop: string, failed: () => void) {
    const kind = kindHere();
    if (kind === undefined) throw new Error("This browser records no video of a picture.");
    this.extension = kind.extension;
    this.#size = filmSize(frame);
    this.#backdrop = backdrop;
    const canvas = document.createElement("canvas");
    canvas.width = this.#size.width;
    canvas.height = this.#size.height;
    const context = canvas.getContext("2d", { alpha: false });
    // With 0 a second, the browser takes a picture when we say so.
    const stream = canvas.captureStream(0);
    const track = stream.getVideoTracks()[0] as CanvasCaptureMediaStreamTrack | undefined;
    if (context === null || track === undefined) throw new Error("This browser records no video of a picture.");
    this.#context = context;
    this.#track = track;
    this.#recorder = new MediaRecorder(stream, {
      mimeType: kind.mime,
      videoBitsPerSecond: filmBitsPerS(this.#size),
    });
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#chunks.push(data));
    this.#done = new Promise((resolve) => this.#recorder.addEventListener("stop", () => resolve()));
    this.#recorder.addEventListener("error", failed);
    this.#recorder.start(CHUNK_MS);
  }

  static isSupported(): boolean {
    return kindHere() !== undefined;
  }

  /** Show `picture`, which is one of a frame of that size, from now on. */
  take(picture: HTMLCanvasElement, frame: Size): void {
    const { width, height } = this.#size;
    const box = placeOnFilm(this.#size, frame);
    this.#context.fillStyle = this.#backdrop;
    this.#context.fillRect(0, 0, width, height);
    this.#context.drawImage(picture, box.left, box.top, box.width, box.height);
    this.#track.requestFrame();
    this.#lastMs = performance.now();
    this.#firstMs ??= this.#lastMs;
  }

  /** End the film; it lasts until the last picture was taken. */
  async end(): Promise<Blob> {
    await pictureTaken();
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    await this.#done;
    this.#track.stop();
    const film = new Blob(this.#chunks, { type: this.#recorder.mimeType });
    // Chromium gives up on what it cannot encode without saying so.
    if (film.size === 0) throw new Error("The browser recorded nothing: it has no encoder for a picture of this size.");
    return this.extension === "webm" ? withItsDuration(film, this.#lastMs - (this.#firstMs ?? this.#lastMs)) : film;
  }
}

function kindHere(): Kind | undefined {
  if (typeof MediaRecorder !== "function" || !("captureStream" in HTMLCanvasElement.prototype)) return undefined;
  return KINDS.find(({ mime }) => MediaRecorder.isTypeSupported(mime));
}

/** The browser takes what was drawn in the second animation frame from then; a page that is hidden has none. */
function pictureTaken(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 500);
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50)));
  });
}

async function withItsDuration(film: Blob, durationMs: number): Promise<Blob> {
  const head = new Uint8Array(await film.slice(0, HEAD_BYTES).arrayBuffer());
  return new Blob([withDuration(head, durationMs), film.slice(HEAD_BYTES)], { type: film.type });
}
