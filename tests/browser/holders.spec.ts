import { MODES } from "./support/marimo.ts";
import { expectCard, expectCount, expectLive, placeOf, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
/** In each of them is a view of that name. */
const HOLDERS = ["hstack", "tabs", "accordion", "sidebar", "array", "dictionary", "form", "batch"];

type Event = Readonly<Record<string, unknown>>;

for (const mode of MODES) {
  test(`in marimo ${mode}, a view shows its picture and tells its value in whatever holds it`, async ({
    page,
    open,
    sockets,
  }) => {
    test.slow(); // eight views, each looked at three times
    await page.setViewportSize({ width: 1500, height: 900 }); // a sidebar hides in a narrow window
    const notebook = await open("holders.py", { mode });
    // Where the sidebar was made marimo keeps a second one, out of sight, and in the accordion there is none yet.
    await expectLive(page, HOLDERS.length);
    await page.getByRole("button", { name: "in an accordion" }).click();
    await expectLive(page, HOLDERS.length + 1);
    const viewIn = (holder: string): ReturnType<typeof views> =>
      views(page).filter({ visible: true, has: page.getByRole("img", { name: new RegExp(`\\b${holder}\\b`) }) });

    for (const holder of HOLDERS) await test.step(holder, () => expectCount(viewIn(holder), FRAME, 0));
    await page.getByRole("slider").press("ArrowRight");
    for (const holder of HOLDERS) {
      await test.step(holder, async () => {
        const view = viewIn(holder);
        await expectCount(view, FRAME, 1);
        await expectCard(view, FRAME);

        const point = await placeOf(view, FRAME, { x: 111, y: 55 });
        await page.mouse.click(point.x, point.y);
        if (holder === "form") await page.getByRole("button", { name: "Submit" }).click();
        const event = (): Event | undefined => notebook.facts<Event | null>(holder).at(-1) ?? undefined;
        await expect.poll(event).toMatchObject({ type: "pointer_down", button: 1 });
        expect(Math.abs(Number(event()?.x) - 111)).toBeLessThanOrEqual(1);
        expect(Math.abs(Number(event()?.y) - 55)).toBeLessThanOrEqual(1);
      });
    }
    expect(sockets.urls).toHaveLength(HOLDERS.length);
    expect(sockets.open).toBe(HOLDERS.length);
  });
}
