import type { Page } from "@playwright/test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BROWSER_TESTS, Program } from "./support/process.ts";
import { expectCard, expectCount, expectLive, expectMoving, views } from "./support/screen.ts";
import { StaticPage } from "./support/static_page.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
const NOTEBOOK = join(BROWSER_TESTS, "notebooks/exported.py");
// What the notebook shows, in its order: the number in the card, and the name it is written under.
const PICTURES = [
  { number: 5, name: "still" },
  { number: 6, name: "moving" },
  { number: 7, name: "shown" },
] as const;
// A still is a JPEG.
const TOLERANCE = 14;

/** Run Python to its end in the test's folder and say what servers it started. */
async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const audit = test.info().outputPath("audit.txt");
  const program = new Program(args, {
    ...environment,
    PYTHONPATH: join(BROWSER_TESTS, "python/audit"),
    RFB_AUDIT: audit,
  });
  expect(await program.ended(), program.output).toBe(0);
  return existsSync(audit) ? readFileSync(audit, "utf8") : "";
}

/** Show a JPEG where a look at the screen finds it. */
async function showPicture(page: Page, base64: string): Promise<void> {
  await page.setContent(`
    <div id="root"><div class="rfb-viewport" style="width: 320px; height: 180px">
      <img src="data:image/jpeg;base64,${base64}">
    </div></div>`);
}

async function expectPictures(page: Page, pictures: readonly string[]): Promise<void> {
  expect(pictures).toHaveLength(PICTURES.length);
  for (const [index, { number }] of PICTURES.entries()) {
    await showPicture(page, pictures[index] ?? "");
    await expectCount(page.locator("#root"), FRAME, number);
    await expectCard(page.locator("#root"), FRAME, { tolerance: TOLERANCE });
  }
}

test("a server that is started is seen by what looks for servers below", async () => {
  const bound = await run(["-c", "import marimo_rfb as rfb; rfb.Hub().start().close()"]);
  expect(bound).toContain("marimo_rfb");
});

test("an exported page shows the pictures when it is opened from http and from file, and asks nobody for more", async ({
  context,
}) => {
  const path = test.info().outputPath("exported.html");
  expect(await run(["-m", "marimo", "-q", "export", "html", NOTEBOOK, "-o", path])).toBe("");
  for (const origin of ["http", "file"] as const) {
    const page = await context.newPage();
    const exported = new StaticPage(page);
    try {
      await exported.open(path, origin);
      await expect(views(page)).toHaveCount(PICTURES.length);
      for (const [index, { number }] of PICTURES.entries()) {
        const view = views(page).nth(index);
        await expectCount(view, FRAME, number);
        await expectCard(view, FRAME, { tolerance: TOLERANCE });
        await expect(view.getByRole("img", { name: `a card with the number ${number}` })).toHaveCount(1);
        await expect(view.locator(".rfb-banner, .rfb-status").filter({ visible: true })).toHaveCount(0);
      }
      // Long enough for whoever would try to connect.
      await page.waitForTimeout(1500);
      expect(exported.faults).toEqual([]);
      expect(page.workers()).toHaveLength(0);
    } finally {
      await exported.close();
    }
    await page.close();
  }
});

test("a page that is exported from the editor shows what was live", async ({ page, context, open }) => {
  await open("exported.py", { mode: "edit" });
  await expectLive(page, PICTURES.length);
  await expectCount(views(page).last(), FRAME, 7);
  await page.getByTestId("notebook-menu-dropdown").click();
  await page.getByRole("menuitem", { name: "Export" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export HTML" }).click();
  const path = test.info().outputPath("downloaded.html");
  await (await download).saveAs(path);
  await page.close();

  const elsewhere = await context.newPage();
  const exported = new StaticPage(elsewhere);
  await exported.open(path, "file");
  await expect(views(elsewhere)).toHaveCount(PICTURES.length);
  for (const view of await views(elsewhere).all()) await expectCard(view, FRAME, { tolerance: TOLERANCE });
  await expectCount(views(elsewhere).first(), FRAME, 5);
  await expectCount(views(elsewhere).last(), FRAME, 7);
  expect(exported.faults).toEqual([]);
});

test("an exported Jupyter notebook has the pictures, and nothing that Jupyter would rather show", async ({ page }) => {
  const path = test.info().outputPath("exported.ipynb");
  expect(await run(["-m", "marimo", "-q", "export", "ipynb", "--include-outputs", NOTEBOOK, "-o", path])).toBe("");
  interface Output {
    readonly data?: Readonly<Record<string, string>>;
  }
  const { cells } = JSON.parse(readFileSync(path, "utf8")) as { cells: { outputs?: Output[] }[] };
  const outputs = cells.flatMap(({ outputs = [] }) => outputs.map(({ data = {} }) => data));
  const pictures = outputs.flatMap((data) => data["image/png"] ?? data["image/jpeg"] ?? []);
  await expectPictures(page, pictures);
  const isPicture = (mime: string): boolean => mime === "image/png" || mime === "image/jpeg";
  expect(outputs.map((data) => Object.keys(data).map(isPicture))).toEqual(PICTURES.map(() => [true]));
});

test("an exported script, and the notebook as a script, run to the end and have the pictures", async ({ page }) => {
  const folder = test.info().outputPath(".");
  const script = test.info().outputPath("exported.py");
  expect(await run(["-m", "marimo", "-q", "export", "script", NOTEBOOK, "-o", script])).toBe("");
  for (const each of [script, NOTEBOOK]) {
    expect(await run([each], { RFB_POSTERS: folder })).toBe("");
    const pictures = PICTURES.map(({ name }) => readFileSync(join(folder, `${name}.jpg`), "base64"));
    await expectPictures(page, pictures);
  }
});

test("a page that is loaded again shows the last pictures before it is connected", async ({ page, open }) => {
  let stills = 0;
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (payload.includes('"buffer_paths":[["poster"]]')) stills += 1;
    }),
  );
  const notebook = await open("rounds.py", { mode: "edit" });
  await expectLive(page, 3);
  await expect.poll(() => stills).toBeGreaterThanOrEqual(3);
  const kernel = notebook.facts<number>("pid").at(-1);
  if (kernel === undefined) throw new Error("the notebook did not say what process it runs in");
  // The kernel serves the pictures, and marimo's own process the page.
  process.kill(kernel, "SIGSTOP");
  try {
    await page.reload();
    await expect(views(page)).toHaveCount(3);
    for (const view of await views(page).all()) {
      // It pales after a second, because it is not live.
      await view.locator(".rfb-poster").evaluate((still) => still.getAnimations().forEach((pale) => pale.cancel()));
      await expectCard(view, FRAME, { tolerance: TOLERANCE });
      expect(await view.getAttribute("data-state")).not.toBe("negotiated");
    }
    await expectCount(views(page).first(), FRAME, 0);
  } finally {
    process.kill(kernel, "SIGCONT");
  }
  await expectLive(page, 3);
  await expectCard(views(page).first(), FRAME);
  await expectMoving(views(page).nth(1), FRAME);
});
