import type { Size } from "../flow/geometry.ts";
import { placeInVideo, videoBitsPerS, videoSize } from "../flow/video_size.ts";
import { withDuration } from "../flow/webm.ts";

interface VideoFormat {
  readonly mime: string;
  readonly extension: string;
}

/** Best first: MP4 plays and can be edited everywhere. The browser lowers profile and level as the size allows. */
const FORMATS: readonly VideoFormat[] = [
  { mime: "video/mp4;codecs=avc1.64003E", extension: "mp4" },
  { mime: "video/mp4;codecs=avc1", extension: "mp4" },
  { mime: "video/webm;codecs=vp9", extension: "webm" },
  { mime: "video/webm;codecs=vp8", extension: "webm" },
];

/** The browser delivers chunks at this interval, so that it can move a long video to disk. */
const CHUNK_MS = 1_000;

/** The start of a WebM file, into which the duration is inserted. */
const HEAD_BYTES = 4_096;

/** Encodes a video from frames at irregular times. */
export class VideoRecorder {
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
   * Start a video for frames of that size.
   *
   * `backdrop` is the colour behind their transparent parts; `onFailure` is called when the browser's encoder fails.
   */
  constructor(frame: Size, backdrop: string, onFailure: () => void) {
    const format = supportedFormat();
    if (format === undefined) throw new Error("This browser cannot record video from a canvas.");
    this.extension = format.extension;
    this.#size = videoSize(frame);
    this.#backdrop = backdrop;
    const canvas = document.createElement("canvas");
    canvas.width = this.#size.width;
    canvas.height = this.#size.height;
    const context = canvas.getContext("2d", { alpha: false });
    // At 0 fps, the browser captures a frame only on request.
    const stream = canvas.captureStream(0);
    const track = stream.getVideoTracks()[0] as CanvasCaptureMediaStreamTrack | undefined;
    if (context === null || track === undefined) throw new Error("This browser cannot record video from a canvas.");
    this.#context = context;
    this.#track = track;
    this.#recorder = new MediaRecorder(stream, {
      mimeType: format.mime,
      videoBitsPerSecond: videoBitsPerS(this.#size),
    });
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#chunks.push(data));
    this.#done = new Promise((resolve) => this.#recorder.addEventListener("stop", () => resolve()));
    this.#recorder.addEventListener("error", onFailure);
    this.#recorder.start(CHUNK_MS);
  }

  static isSupported(): boolean {
    return supportedFormat() !== undefined;
  }

  /** Add `picture`, which shows a frame of size `frame`. */
  addFrame(picture: HTMLCanvasElement, frame: Size): void {
    const { width, height } = this.#size;
    const box = placeInVideo(this.#size, frame);
    this.#context.fillStyle = this.#backdrop;
    this.#context.fillRect(0, 0, width, height);
    this.#context.drawImage(picture, box.left, box.top, box.width, box.height);
    this.#track.requestFrame();
    this.#lastMs = performance.now();
    this.#firstMs ??= this.#lastMs;
  }

  /** End the video at the time of the last frame. */
  async finish(): Promise<Blob> {
    await pictureTaken();
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    await this.#done;
    this.#track.stop();
    const video = new Blob(this.#chunks, { type: this.#recorder.mimeType });
    // Chromium fails silently on sizes that it cannot encode.
    if (video.size === 0) throw new Error("The browser recorded nothing: it has no encoder for this picture size.");
    return this.extension === "webm" ? withItsDuration(video, this.#lastMs - (this.#firstMs ?? this.#lastMs)) : video;
  }
}

function supportedFormat(): VideoFormat | undefined {
  if (typeof MediaRecorder !== "function" || !("captureStream" in HTMLCanvasElement.prototype)) return undefined;
  return FORMATS.find(({ mime }) => MediaRecorder.isTypeSupported(mime));
}

/**
 * The browser captures a frame in the second animation frame after it; the timeout serves hidden pages, which have
 * none.
 */
function pictureTaken(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 500);
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 50)));
  });
}

async function withItsDuration(video: Blob, durationMs: number): Promise<Blob> {
  const head = new Uint8Array(await video.slice(0, HEAD_BYTES).arrayBuffer());
  return new Blob([withDuration(head, durationMs), video.slice(HEAD_BYTES)], { type: video.type });
}
