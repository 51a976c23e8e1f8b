import { expectCard, expectCount, expectLive, expectMoving, views } from "./support/screen.ts";
import { expect, test, workersOf } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

test("two widgets on one stream have a socket and a worker each, and go on when they are moved", async ({
  page,
  open,
  sockets,
}) => {
  const notebook = await open("views.py", { query: { views: "pw" } });
  await expectLive(page, 2);
  for (const view of await views(page).all()) await expectMoving(view, FRAME);
  await expect.poll(() => notebook.viewers()).toBe(2);
  expect(sockets.open).toBe(2);
  expect(await workersOf(page)).toBe(2);

  // The canvas is handed to the worker when the worker presents, and only then.
  const contexts = views(page)
    .locator("canvas")
    .evaluateAll((canvases) =>
      canvases.map((canvas) => {
        try {
          (canvas as HTMLCanvasElement).getContext("2d");
          return "the page's";
        } catch (error) {
          return (error as DOMException).name;
        }
      }),
    );
  expect(await contexts).toEqual(["the page's", "InvalidStateError"]);

  // Inside of marimo's element, so that marimo does not hear of it: the bare browser moves a live canvas.
  for (const view of await views(page).all()) {
    await view.evaluate((root) => {
      const elsewhere = document.createElement("div");
      root.parentElement?.parentElement?.append(elsewhere);
      elsewhere.append(root.parentElement as HTMLElement);
    });
    await expectMoving(view, FRAME);
    await expectCard(view, FRAME);
  }
});

test("the picture goes on when marimo's element is moved to another place, and when the presenter changes", async ({
  page,
  open,
  sockets,
}) => {
  const notebook = await open("views.py");
  await expectLive(page);
  await test.step("another place of the page", async () => {
    await page.locator("marimo-ui-element:has(marimo-anywidget)").evaluate((element) => {
      document.querySelector("#other-place")?.append(element);
    });
    await expectLive(page);
    await expect(page.locator("#other-place div.rfb-root")).toHaveCount(1);
    await expectMoving(views(page), FRAME);
    await expectCard(views(page), FRAME);
    expect(sockets.urls).toHaveLength(1);
  });
  for (const onPage of [false, true]) {
    await test.step(`another presenter builds the view anew: ${onPage ? "the page" : "the worker"}`, async () => {
      notebook.wish({ traits: { main_thread_present: onPage } });
      await expect
        .poll(() =>
          views(page)
            .locator("canvas")
            .evaluate((canvas) => {
              try {
                (canvas as HTMLCanvasElement).getContext("2d");
                return true;
              } catch {
                return false;
              }
            }),
        )
        .toBe(onPage);
      await expectLive(page);
      await expectMoving(views(page), FRAME);
      await expectCard(views(page), FRAME);
    });
  }
  expect(await workersOf(page)).toBe(1);
  await expect.poll(() => notebook.viewers()).toBe(1);
});

test("a widget in two cells has two canvases and one socket, whoever presents", async ({ page, open, sockets }) => {
  const notebook = await open("views.py", { query: { views: "pw", twice: "yes" } });
  await expectLive(page, 4);
  for (const view of await views(page).all()) {
    await expectMoving(view, FRAME);
    await expectCard(view, FRAME);
  }
  expect(sockets.urls).toHaveLength(2);
  expect(await workersOf(page)).toBe(2);
  await expect.poll(() => notebook.viewers()).toBe(2);
});

test("two streams on one port each show their own picture", async ({ page, open, sockets }) => {
  const notebook = await open("hub.py");
  await expectLive(page, 2);
  await expectCard(views(page).first(), FRAME);
  await expectCard(views(page).last(), { width: 240, height: 240 });
  expect(sockets.urls.map((url) => new URL(url).pathname).sort()).toEqual(["/camera", "/depth"]);
  expect(new Set(sockets.urls.map((url) => new URL(url).port)).size).toBe(1);
  expect([await notebook.viewers("camera"), await notebook.viewers("depth")]).toEqual([1, 1]);
});

test("a dozen widgets on one page all run", async ({ page, open }) => {
  const notebook = await open("views.py", { query: { views: "pwpwpwpwpwpw", height: "45" } });
  await expectLive(page, 12);
  expect(await workersOf(page)).toBe(12);
  await expect.poll(() => notebook.viewers()).toBe(12);
  const all = await views(page).all();
  for (const view of [all[0], all[5], all[11]]) if (view) await expectMoving(view, FRAME);
});

test("a tab that is opened again shows the pictures at once, and what nobody sees gets no frames", async ({
  page,
  open,
  sockets,
}) => {
  const notebook = await open("views.py", { query: { views: "pw", layout: "tabs" } });
  await expectLive(page, 2);
  const leave = async (): Promise<void> => {
    await page.getByRole("tab", { name: "elsewhere" }).click();
    await expect(views(page)).toHaveCount(0);
  };
  const comeBack = async (): Promise<void> => {
    await page.getByRole("tab", { name: "picture" }).click();
    await expect(views(page)).toHaveCount(2);
  };
  // Nothing comes any more that could stand in for the picture that was there.
  notebook.wish({ still: true });
  for (const view of await views(page).all()) await expectCount(view, FRAME, 0);
  for (let time = 0; time < 3; time++) {
    await leave();
    await comeBack();
    for (const [index, presenter] of ["the page", "the worker"].entries()) {
      const view = views(page).nth(index);
      // Not "connecting" and not empty: the link was there all the time.
      expect(await view.getAttribute("class"), `${presenter} presents`).not.toContain("rfb-empty");
      expect(await view.getAttribute("data-state"), `${presenter} presents`).toBe("negotiated");
    }
    for (const view of await views(page).all()) await expectCard(view, FRAME);
  }
  notebook.wish({});
  for (const view of await views(page).all()) await expectMoving(view, FRAME);
  expect(sockets.urls).toHaveLength(2);

  const visible = async (): Promise<number> => {
    const { port, token } = notebook.hub;
    const response = await fetch(`http://127.0.0.1:${port}/streams/default/metrics?token=${token}`);
    const { viewers } = (await response.json()) as { viewers: { visible: boolean }[] };
    return viewers.filter((viewer) => viewer.visible).length;
  };
  await expect.poll(visible).toBe(2);
  await leave();
  await expect.poll(visible).toBe(0);
  await comeBack();
  await expect.poll(visible).toBe(2);
  for (const view of await views(page).all()) await expectMoving(view, FRAME);
});
