import assert from "node:assert/strict";
import test from "node:test";
import { PictureState } from "../../../js/src/host/picture_state.ts";

const CONTRAST = { type: "contrast", dtype: "uint16", vmin: 0, vmax: 9, gamma: 1, cmap: "", fixed: false } as const;

test("what the server says of its picture is kept until the connection is gone", () => {
  const picture = new PictureState();
  assert.ok(picture.receive(CONTRAST));
  assert.ok(picture.receive({ type: "tool_states", pressed: ["pan"], disabled: ["back"] }));
  assert.ok(picture.receive({ type: "status_text", text: "x=1" }));
  assert.ok(picture.receive({ type: "rubber_band", rect: [1, 2, 3, 4] }));
  assert.equal(picture.contrast.value, CONTRAST);
  assert.deepEqual(picture.toolStates.value.pressed, ["pan"]);
  assert.equal(picture.statusText.value, "x=1");
  assert.deepEqual(picture.rubberBand.value, [1, 2, 3, 4]);
  picture.reset();
  assert.equal(picture.contrast.value, undefined);
  assert.deepEqual(picture.toolStates.value, { pressed: [], disabled: [] });
  assert.equal(picture.statusText.value, "");
  assert.equal(picture.rubberBand.value, undefined);
});

test("a picture of colours has no contrast, and a rectangle of other than four numbers is none", () => {
  const picture = new PictureState();
  picture.receive({ ...CONTRAST, dtype: "" });
  assert.equal(picture.contrast.value, undefined);
  for (const rect of [undefined, [], [1, 2, 3]]) {
    picture.receive({ type: "rubber_band", ...(rect === undefined ? {} : { rect }) });
    assert.equal(picture.rubberBand.value, undefined);
  }
});

test("other messages are not of the picture", () => {
  assert.equal(new PictureState().receive({ type: "notice", text: "", level: "info" }), false);
});
