import type { Download, Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import type { Point, Size } from "./card.ts";
import { counterCells, quadrants } from "./card.ts";
import type { Rgb } from "./png.ts";

/** One look at a film. */
export interface Still {
  /** The number in the test card. */
  readonly count: number;
  /** What is seen in the middle of the card's quadrants. */
  readonly colors: readonly Rgb[];
}

/** What a player makes of a video file. */
export interface Played extends Size {
  readonly durationS: number;
  /** How far it could be sought. */
  readonly seekableS: number;
  /** At the start, in the middle and at the end; each was sought. */
  readonly stills: readonly Still[];
  /** How many pictures it showed when it was played from the start to the end. */
  readonly presented: number;
}

/** Play a recording of the test card, in `frame` pixels, in a page of its own. */
export async function play(page: Page, file: Download, frame: Size): Promise<Played> {
  const base64 = (await readFile(await file.path())).toString("base64");
  const player = await page.context().newPage();
  try {
    const places = [...quadrants(frame), ...counterCells(frame)].map(({ x, y }) => ({ x, y }));
    const raw = await player.evaluate(watch, { base64, places });
    return { ...raw, stills: raw.stills.map(toStill) };
  } finally {
    await player.close();
  }
}

function toStill(colors: readonly Rgb[]): Still {
  const count = colors.slice(4).reduce((sum, [red], bit) => sum + (red > 128 ? 2 ** bit : 0), 0);
  return { count, colors: colors.slice(0, 4) };
}

/** Runs in the page, so it stands alone. */
async function watch({ base64, places }: { base64: string; places: readonly Point[] }) {
  const video = document.createElement("video");
  const told = (type: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      video.addEventListener(type, resolve, { once: true });
      video.addEventListener("error", () => reject(new Error(video.error?.message)), { once: true });
    });
  // That a place was sought is told before its picture is handed on: what is drawn then may be the one before. The picture
  // that is shown already, as where a film has few, is not handed on again.
  const seek = async (atS: number): Promise<void> => {
    const sought = told("seeked");
    const handedOn = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    video.currentTime = atS;
    await sought;
    await Promise.race([handedOn, new Promise((resolve) => setTimeout(resolve, 2_000))]);
  };
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([bytes]));
  await told("loadeddata");
  const durationS = video.duration;
  const seekableS = video.seekable.length > 0 ? video.seekable.end(0) : 0;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const stills: [number, number, number][][] = [];
  for (const atS of [0, durationS / 2, durationS]) {
    await seek(atS);
    context?.drawImage(video, 0, 0);
    stills.push(
      places.map(({ x, y }) => {
        const [red = 0, green = 0, blue = 0] = context?.getImageData(x, y, 1, 1).data ?? [];
        return [red, green, blue];
      }),
    );
  }
  await seek(0);
  const ended = told("ended");
  await video.play();
  await ended;
  return {
    width: video.videoWidth,
    height: video.videoHeight,
    durationS,
    seekableS,
    stills,
    presented: video.getVideoPlaybackQuality().totalVideoFrames,
  };
}
