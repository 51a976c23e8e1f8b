import type { Fit } from "./support/screen.ts";
import { Look, expectCard, expectLive, expectMoving, isClose, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

test("the card is right on screen at both presenters, and moves", async ({ page, open }) => {
  await open("views.py", { query: { views: "Pw" } });
  await expectLive(page, 2);
  for (const view of await views(page).all()) {
    await expectCard(view, FRAME);
    await expectMoving(view, FRAME);
  }
});

test("a frame lies where its fit says, at both presenters", async ({ page, open }) => {
  const fits: readonly Fit[] = ["contain", "cover", "fill"];
  await open("views.py", { query: { views: "pppwww", fit: fits.join() } });
  await expectLive(page, 6);
  for (const [index, view] of (await views(page).all()).entries()) {
    await expectCard(view, FRAME, { fit: fits[index % 3] as Fit });
  }
  // Beside the frame that is contained there is a grey a little darker than the page, and no part of the card.
  const look = await Look.at(views(page).first(), FRAME);
  for (const x of [10, look.viewport.width - 10]) {
    const [red, green, blue] = look.atCss({ x, y: look.viewport.height / 2 });
    expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(6);
    expect(red).toBeGreaterThan(220);
    expect(red).toBeLessThan(253);
  }
});

test.describe("with two device pixels for each of the page", () => {
  test.use({ deviceScaleFactor: 2 });

  test("the card is right at both presenters", async ({ page, open }) => {
    await open("views.py", { query: { views: "Pw" } });
    await expectLive(page, 2);
    for (const view of await views(page).all()) await expectCard(view, FRAME);
  });
});

for (const format of ["image/jpeg", "image/webp"]) {
  test(`the card comes through ${format} but for a little`, async ({ page, open }) => {
    await open("views.py", { query: { views: "p", format } });
    await expectLive(page);
    await expectCard(views(page), FRAME, { tolerance: 14 });
    await expectMoving(views(page), FRAME);
  });
}

test("what rests is shown as it was published, and one sees the page through it", async ({ page, open }) => {
  const formats = ["image/jpeg", "image/png", "image/webp"];
  const notebook = await open("views.py", { query: { views: "Pw", format: formats.join(), height: "180" } });
  await expectLive(page, 2);
  notebook.wish({ still: true });
  for (const view of await views(page).all()) await expectCard(view, FRAME, { tolerance: 1 });
  await views(page).first().hover();
  await views(page).first().getByRole("button", { name: "Measurements" }).click();
  await expect(views(page).first().locator(".rfb-hud")).toContainText("JPEG, now lossless");

  notebook.wish({ still: true, alpha: 0 });
  for (const view of await views(page).all()) {
    const seen = async (): Promise<boolean[]> => {
      const look = await Look.at(view, FRAME);
      const [beside, through, opaque] = [look.atCss({ x: 4, y: 100 }), { x: 250, y: 150 }, { x: 60, y: 150 }];
      return [look.atFrame(through), look.atFrame(opaque)].map((color) => isClose(color ?? [0, 0, 0], beside, 3));
    };
    await expect.poll(seen).toEqual([true, false]);
  }
});

test("where frames are transparent one sees the page, in the second place of a view too, and other sizes are laid out", async ({
  page,
  open,
}) => {
  const notebook = await open("views.py", { query: { views: "pw", twice: "" } });
  await expectLive(page, 4);
  for (const view of await views(page).all()) await expectCard(view, FRAME);
  // Of the size that was there: nothing but the frame itself takes away what it leaves free.
  notebook.wish({ alpha: 0 });
  for (const view of await views(page).all()) {
    await expect
      .poll(async () => {
        const look = await Look.at(view, FRAME);
        return isClose(look.atFrame({ x: 250, y: 130 }) ?? [0, 0, 0], look.atCss({ x: 10, y: 100 }), 3);
      })
      .toBe(true);
    await expectMoving(view, FRAME); // the counter lies in the opaque half
    const look = await Look.at(view, FRAME);
    const beside = look.atCss({ x: 10, y: 100 });
    expect(isClose(look.atFrame({ x: 60, y: 60 }) ?? beside, [220, 40, 40], 3)).toBe(true);
    expect(isClose(look.atFrame({ x: 250, y: 130 }) ?? [0, 0, 0], beside, 3)).toBe(true);
  }

  const size = { width: 230, height: 310 };
  notebook.wish({ size: [size.width, size.height] });
  for (const view of await views(page).all()) await expectCard(view, size);

  // An opaque frame with an alpha channel looks as one without.
  notebook.wish({ alpha: 255 });
  for (const view of await views(page).all()) await expectCard(view, FRAME);
});
