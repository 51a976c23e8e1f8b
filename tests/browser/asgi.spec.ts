import { Program, freePort } from "./support/process.ts";
import { expectCard, expectLive, expectMoving, placeOf, views } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };

test.describe("an application with a login", () => {
  let site: Program;
  let address: string;

  test.beforeAll(async () => {
    const port = await freePort();
    site = new Program(["-m", "serve_site", `--port=${port}`]);
    address = `http://127.0.0.1:${port}`;
    await site.answers(`${address}/login`);
  });

  test.afterAll(async () => {
    await site.kill();
  });

  test("shows its streams in its own notebook to whoever has logged in", async ({ page, sockets }) => {
    await page.goto(`${address}/login`);
    await page.getByLabel("Name").fill("ann");
    await page.getByLabel("Password").fill("secret");
    await page.getByRole("button", { name: "Log in" }).click();
    await expectLive(page);
    await expectCard(views(page), FRAME);
    await expectMoving(views(page), FRAME);
    await expect(views(page)).toHaveAttribute("data-transport", "same-origin");
    expect(sockets.urls).toEqual([`${address.replace("http", "ws")}/rfb/scene`]);

    const { x, y } = await placeOf(views(page), FRAME, { x: 100, y: 60 });
    await page.mouse.click(x, y);
    await expect.poll(() => site.output).toContain("ann pointer_down");
  });

  test("says to anybody else why there is no picture, and has it after the login", async ({ page, sockets }) => {
    await page.goto(address);
    const view = views(page);
    await expect(view).toHaveAttribute("data-state", "error");
    await expect(view.locator(".rfb-banner")).toContainText(/not authorised: log in, or ask for access/i);
    await expect(view.locator(".rfb-banner")).toBeInViewport();
    await expect(view).toHaveClass(/rfb-empty/);
    expect(sockets.urls).toHaveLength(1);

    const login = page.context().request;
    expect((await login.post(`${address}/login`, { form: { name: "ann", password: "secret" } })).ok()).toBe(true);
    await view.getByRole("button", { name: "Try again" }).click();
    await expectLive(page);
    await expectMoving(view, FRAME);
  });
});
