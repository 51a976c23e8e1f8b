import assert from "node:assert/strict";
import test from "node:test";
import type { Point } from "../../../js/src/flow/geometry.ts";
import { unproject } from "../../../js/src/flow/homography.ts";

/** A box of 320 by 180, projected by applying a function to its corners, relative to its middle. */
function seen(show: (point: Point) => Point): (point: Point) => Point {
  return ({ x, y }) => {
    const shown = show({ x: x * 320 - 160, y: y * 180 - 90 });
    return { x: shown.x + 700, y: shown.y + 300 };
  };
}

const turned = (degrees: number) => {
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return ({ x, y }: Point): Point => ({ x: cosine * x - sine * y, y: sine * x + cosine * y });
};

/** A rotation about the vertical axis, seen in perspective from `far` away. */
const tilted = (degrees: number, far: number) => {
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return ({ x, y }: Point): Point => {
    const scale = far / (far + sine * x);
    return { x: scale * cosine * x, y: scale * y };
  };
};

const WAYS: Readonly<Record<string, (point: Point) => Point>> = {
  "as it is": (point) => point,
  mirrored: ({ x, y }) => ({ x: -x, y }),
  "upside down": ({ x, y }) => ({ x, y: -y }),
  "scaled unevenly": ({ x, y }) => ({ x: 0.5 * x, y: 3 * y }),
  "turned by 90°": turned(90),
  "turned by 33°": turned(33),
  skewed: ({ x, y }) => ({ x: x + 0.4 * y, y }),
  "tilted in space": tilted(50, 400),
  "tilted and turned": (point) => turned(20)(tilted(-60, 500)(point)),
};

for (const [how, show] of Object.entries(WAYS)) {
  test(`a point in a box is found if the box is ${how}`, () => {
    const at = seen(show);
    const corners = {
      topLeft: at({ x: 0, y: 0 }),
      topRight: at({ x: 1, y: 0 }),
      bottomRight: at({ x: 1, y: 1 }),
      bottomLeft: at({ x: 0, y: 1 }),
    };
    // Outside too, because a captured pointer goes there.
    for (const place of [0, 0.25, 0.5, 1, 1.2, -0.2].flatMap((x) => [-0.2, 0, 0.3, 1].map((y) => ({ x, y })))) {
      const found = unproject(corners, at(place));
      assert.ok(found && Math.hypot(found.x - place.x, found.y - place.y) < 1e-9, JSON.stringify([place, found]));
    }
  });
}

test("a box that is edge-on or has no area has no points", () => {
  const top = [
    { x: 10, y: 10 },
    { x: 90, y: 10 },
  ] as const;
  const edge = { topLeft: top[0], topRight: top[1], bottomRight: top[1], bottomLeft: top[0] };
  assert.equal(unproject(edge, { x: 50, y: 10 }), undefined);
  const nowhere = { topLeft: top[0], topRight: top[0], bottomRight: top[0], bottomLeft: top[0] };
  assert.equal(unproject(nowhere, top[0]), undefined);
});
