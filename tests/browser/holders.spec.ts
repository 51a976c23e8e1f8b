import { MODES } from "./support/marimo.ts";
import { expectCard, expectCount, expectLive, placeOf, views } from "./support/screen.ts";
import { expect, expectOneSocket, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

type Event = Readonly<Record<string, unknown>>;

/** Where marimo puts the value of a view that `holder` holds. */
function eventIn(holder: string, value: unknown): Event | undefined {
  const held = (value ?? undefined) as Event | undefined;
  const inside: Readonly<Record<string, unknown>> = {
    array: held?.[0],
    dictionary: held?.picture,
    batch: held?.picture,
  };
  return (holder in inside ? inside[holder] : held) as Event | undefined;
}

for (const mode of MODES) {
  for (const holder of ["hstack", "tabs", "accordion", "sidebar", "array", "dictionary", "form", "batch"]) {
    test(`in marimo ${mode}, a view in ${holder} shows its picture and tells its value`, async ({
      page,
      open,
      sockets,
    }) => {
      await page.setViewportSize({ width: 1500, height: 900 }); // a sidebar hides in a narrow window
      const notebook = await open("holders.py", { mode, query: { holder } });
      if (holder === "accordion") await page.getByRole("button", { name: "picture" }).click();
      // Where the sidebar was made marimo keeps a second one, out of sight.
      await expectLive(page, holder === "sidebar" ? 2 : 1);
      const view = views(page).filter({ visible: true });
      await expectCount(view, FRAME, 0);
      await page.getByRole("slider").press("ArrowRight");
      await expectCount(view, FRAME, 1);
      await expectCard(view, FRAME);

      const point = await placeOf(view, FRAME, { x: 111, y: 55 });
      await page.mouse.click(point.x, point.y);
      if (holder === "form") await page.getByRole("button", { name: "Submit" }).click();
      const event = (): Event | undefined => eventIn(holder, notebook.facts("value").at(-1));
      await expect.poll(event).toMatchObject({ type: "pointer_down", button: 1 });
      expect(Math.abs(Number(event()?.x) - 111)).toBeLessThanOrEqual(1);
      expect(Math.abs(Number(event()?.y) - 55)).toBeLessThanOrEqual(1);
      expectOneSocket(sockets);
    });
  }
}
