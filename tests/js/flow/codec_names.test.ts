import assert from "node:assert/strict";
import test from "node:test";
import { codecName } from "../../../js/src/flow/codec_names.ts";

test("a capability, a MIME type and a codec string map to the same name", () => {
  const texts = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "webcodecs/h264-annexb",
    "avc1.42E01F",
    "webcodecs/vp8",
    "vp8",
  ];
  assert.deepEqual(texts.map(codecName), ["JPEG", "PNG, lossless", "WebP", "H.264", "H.264", "VP8", "VP8"]);
  const newer = ["webcodecs/vp9", "vp09.00.10.08", "webcodecs/av1", "av01.0.04M.08"];
  assert.deepEqual(newer.map(codecName), ["VP9", "VP9", "AV1", "AV1"]);
});

test("an unknown codec keeps the server's name", () => {
  assert.equal(codecName("image/jxl"), "image/jxl");
  assert.equal(codecName(""), "");
});
