import assert from "node:assert/strict";
import test from "node:test";
import { placeInVideo, videoBitsPerS, videoSize } from "../../../js/src/flow/video_size.ts";
import { seededRandom } from "../helpers.ts";

test("a video has the frame's size, rounded to even sides", () => {
  assert.deepEqual(videoSize({ width: 320, height: 180 }), { width: 320, height: 180 });
  assert.deepEqual(videoSize({ width: 321, height: 181 }), { width: 320, height: 180 });
  assert.deepEqual(videoSize({ width: 3840, height: 2160 }), { width: 3840, height: 2160 });
});

test("a frame that encoders reject is scaled", () => {
  assert.deepEqual(videoSize({ width: 4, height: 6 }), { width: 16, height: 24 });
  assert.deepEqual(videoSize({ width: 10, height: 100 }), { width: 20, height: 200 });
  const { width, height } = videoSize({ width: 6000, height: 4000 });
  assert.ok(width * height <= 4096 * 2304 && width * height > 0.99 * 4096 * 2304);
  assert.ok(Math.abs(width / height - 1.5) < 0.01);
});

test("every video has even sides that encoders accept", () => {
  const random = seededRandom(3);
  for (let round = 0; round < 500; round += 1) {
    const side = (): number => 1 + Math.floor(8000 * random() ** 3);
    const frame = { width: side(), height: side() };
    const video = videoSize(frame);
    const text = `${JSON.stringify(frame)}: ${JSON.stringify(video)}`;
    assert.ok(video.width % 2 === 0 && video.height % 2 === 0, text);
    assert.ok(video.width * video.height <= 4096 * 2304, text);
    assert.ok(Math.min(video.width, video.height) >= 16 || Math.max(frame.width, frame.height) > 2000, text);
    assert.ok(Math.min(video.width, video.height) >= 2, text);
  }
});

test("a frame of the video's size is not scaled, even if an odd side is cut", () => {
  const video = { width: 320, height: 180 };
  assert.deepEqual(placeInVideo(video, video), { left: 0, top: 0, width: 320, height: 180 });
  const odd = { width: 321, height: 181 };
  assert.deepEqual(placeInVideo(video, odd), { left: 0, top: 0, ...odd });
});

test("a frame of another size is fitted with its aspect ratio", () => {
  const video = { width: 320, height: 180 };
  assert.deepEqual(placeInVideo(video, { width: 180, height: 180 }), { left: 70, top: 0, width: 180, height: 180 });
  assert.deepEqual(placeInVideo(video, { width: 640, height: 180 }), { left: 0, top: 45, width: 320, height: 90 });
});

test("a larger video has a higher bit rate, within bounds", () => {
  const bits = [
    { width: 16, height: 16 },
    { width: 1280, height: 720 },
    { width: 1920, height: 1080 },
    { width: 4096, height: 2304 },
  ].map(videoBitsPerS);
  assert.deepEqual(bits, [2_500_000, 4_608_000, 10_368_000, 40_000_000]);
});
