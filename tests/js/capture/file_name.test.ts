import assert from "node:assert/strict";
import test from "node:test";
import { fileName, safeFileName } from "../../../js/src/capture/file_name.ts";

const WHEN = new Date(2026, 2, 4, 5, 6, 7);

test("a file is named after the stream and the local time", () => {
  assert.equal(fileName("camera 1", WHEN, "png"), "camera 1-2026-03-04-05-06-07.png");
});

test("invalid, hidden and spoofing characters are replaced", () => {
  assert.equal(fileName('a/b\\c:d*e?f"g<h>i|j\n\u202e', WHEN, "mp4"), "a_b_c_d_e_f_g_h_i_j__-2026-03-04-05-06-07.mp4");
  assert.equal(fileName("../.x", WHEN, "png"), "_.x-2026-03-04-05-06-07.png");
  assert.equal(fileName("", WHEN, "png"), "picture-2026-03-04-05-06-07.png");
});

test("a long name is cut between characters", () => {
  const name = fileName("🌊".repeat(200), WHEN, "png");
  assert.equal(name, `${"🌊".repeat(80)}-2026-03-04-05-06-07.png`);
});

test("of a name that the server suggests, only the last part is kept", () => {
  assert.equal(safeFileName("figure.png"), "figure.png");
  assert.equal(safeFileName("../../etc/passwd"), "passwd");
  assert.equal(safeFileName("C:\\Windows\\a.exe"), "a.exe");
  assert.equal(safeFileName("/tmp/"), "file");
  assert.equal(safeFileName(".bashrc"), "bashrc");
  assert.equal(safeFileName("\u202egnp.exe"), "_gnp.exe");
});

test("a long name that the server suggests is cut before its extension", () => {
  const name = safeFileName(`${"x".repeat(500)}.png`);
  assert.equal(name, `${"x".repeat(116)}.png`);
  assert.equal([...safeFileName(`a.${"y".repeat(500)}`)].length, 120);
});
