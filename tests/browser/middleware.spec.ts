import type { Page } from "@playwright/test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { MODES, Marimo } from "./support/marimo.ts";
import type { Mode } from "./support/marimo.ts";
import { NAMED, NAMELESS, Nginx } from "./support/nginx.ts";
import { BROWSER_TESTS, Program, freePort } from "./support/process.ts";
import { expectLive, expectMoving, views } from "./support/screen.ts";
import { Notebook, expect, test as base } from "./support/test.ts";

const FRAME = { width: 320, height: 180 };
const PASSWORD = "for tests only";
const BASES: Readonly<Record<Mode, string>> = { run: "/sub/app", edit: "/sub/lab" };

/** Two marimo servers behind an nginx that forwards one port. */
interface Site {
  readonly nginx: Nginx;
  readonly servers: Readonly<Record<Mode, Marimo>>;
  /** The address of the stream of the notebook that was opened last, from outside. */
  readonly socket: (mode: Mode) => string;
}

const test = base.extend<{ mounted: string }, { site: Site }>({
  /** The address of a notebook inside another app. */
  mounted: async ({}, use) => {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "rfb-mounted-"));
    const notebook = join(BROWSER_TESTS, "notebooks/ways.py");
    const program = new Program(["-m", "serve_mounted", String(port), notebook], { RFB_FACTS: folder });
    try {
      await program.answers(`http://127.0.0.1:${port}/health`);
      await use(`http://notebook.test:${port}/shop/dash/`);
    } finally {
      await program.kill();
      rmSync(folder, { recursive: true });
    }
  },

  site: [
    async ({}, use) => {
      const port = await freePort();
      const folder = mkdtempSync(join(tmpdir(), "rfb-site-"));
      const notebook = join(BROWSER_TESTS, "notebooks/ways.py");
      const start = (mode: Mode, proxy: readonly string[]): Promise<Marimo> => {
        const access = ["--token", "--token-password", PASSWORD, ...proxy];
        mkdirSync(join(folder, mode));
        return Marimo.start(mode, notebook, { TMPDIR: join(folder, mode) }, { base: BASES[mode], access });
      };
      const [run, edit] = await Promise.all([start("run", ["--proxy", `notebook.test:${port}`]), start("edit", [])]);
      const behind = [
        { port: portOf(run), base: BASES.run, told: NAMED },
        { port: portOf(edit), base: BASES.edit, told: NAMELESS },
      ];
      const nginx = await Nginx.start(port, behind);
      const socket = (mode: Mode): string => {
        const own = nginx.origin.replace("https:", "wss:");
        return `${own}${BASES[mode]}/rfb/${hubOf(join(folder, mode))}/default`;
      };
      await use({ nginx, servers: { run, edit }, socket });
      await Promise.all([nginx.stop(), run.stop(), edit.stop()]);
      rmSync(folder, { recursive: true });
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

test.use({ ignoreHTTPSErrors: true });

/** By what a server knows the hub that was started last; `folder` is where it puts temporary files. */
function hubOf(folder: string): string {
  const [own = ""] = readdirSync(folder).filter((name) => name.startsWith("marimo-rfb-"));
  const doors = readdirSync(join(folder, own)).map((name) => join(folder, own, name));
  const latest = doors.toSorted((one, other) => statSync(one).ctimeMs - statSync(other).ctimeMs).at(-1);
  return basename(latest ?? "", ".sock");
}

function portOf(marimo: Marimo): number {
  return Number(new URL(marimo.url()).port);
}

let opened = 0;

/** Open the notebook through nginx and log in as a person does. */
async function enter(page: Page, { nginx, servers }: Site, mode: Mode): Promise<Notebook> {
  opened += 1;
  const name = `behind-${opened}`;
  await page.goto(`${nginx.origin}${BASES[mode]}/`);
  await page.locator("#password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.endsWith("/login"));
  // Only now: marimo's login forgets most of the address that was asked for.
  await page.goto(nginx.through(servers[mode].url({ facts: name })));
  await expectLive(page);
  return new Notebook(servers[mode], name);
}

interface Heard {
  readonly code: number;
  readonly reason: string;
  /** How many pictures came. */
  readonly pictures: number;
}

/** Open a socket from a page, say one thing and listen until a picture has come or it is closed. */
async function call(page: Page, url: string, words: string): Promise<Heard> {
  return page.evaluate(
    async ([url = "", words = ""]) => {
      const socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      socket.addEventListener("open", () => socket.send(words));
      let pictures = 0;
      return new Promise<Heard>((resolve) => {
        socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason, pictures }));
        socket.addEventListener("message", ({ data }) => {
          if (typeof data === "string") return;
          pictures += 1;
          socket.close(1000);
        });
      });
    },
    [url, words],
  );
}

function hello(token?: string): string {
  return JSON.stringify({ type: "hello", supported: ["image/jpeg", "image/png"], device_pixel_ratio: 1, token });
}

for (const mode of MODES) {
  test(`marimo ${mode} with a password behind nginx: pictures come by its one port, and not to strangers`, async ({
    page,
    browser,
    site,
  }) => {
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).host || site.nginx.host)); // a blob has none
    page.on("websocket", (socket) => asked.add(new URL(socket.url()).host));
    const notebook = await enter(page, site, mode);
    await expectMoving(views(page), FRAME);
    await expect(views(page)).toHaveAttribute("data-transport", "same-origin");
    await expect.poll(() => notebook.trait("transport")).toBe("same-origin");
    // It would also say what was tried in vain.
    expect(notebook.trait("transport_reason")).toBe("Through the notebook's own server.");
    expect([...asked]).toEqual([site.nginx.host]);

    const url = site.socket(mode);
    const token = notebook.hub.streams["default"];
    const stranger = await page.context().newPage();
    await stranger.goto(site.nginx.stranger);
    const refused = { code: 4401, reason: "pages of another origin may not watch; MARIMO_RFB_ORIGINS lets them" };
    // It has the cookie, and the token: where it comes from is all that is wrong.
    expect(await call(stranger, url, hello(token))).toEqual({ ...refused, pictures: 0 });
    expect(await call(page, url, hello(token))).toMatchObject({ pictures: 1 });
    expect(await call(page, url, hello())).toMatchObject({ code: 4401, reason: "the token is missing or wrong" });
    const loggedOut = await browser.newContext({ ignoreHTTPSErrors: true });
    const visitor = await loggedOut.newPage();
    await visitor.goto(`${site.nginx.origin}${BASES[mode]}/`);
    const answer = { code: 4401, reason: "log in to marimo again", pictures: 0 };
    expect(await call(visitor, url, hello(token))).toEqual(answer);
    await loggedOut.close();
  });
}

test("whoever asks for whatever, marimo stays up and serves", async ({ page, site }) => {
  await enter(page, site, "run");
  await test.step("whatever is asked for and however much is said", async () => {
    const url = site.socket("run");
    const unknown = url.replace(/[0-9a-f]{16}/, "0".repeat(16));
    expect(await call(page, unknown, hello())).toMatchObject({ code: 4404, pictures: 0 });
    for (const path of [".", "a.", "8080", "..%2fetc", "%2e%2e%2f"]) {
      const odd = url.replace(/[0-9a-f]{16}\/default/, path);
      expect(await call(page, odd, hello()), path).toMatchObject({ code: 4404, pictures: 0 });
    }
    const large = await call(page, url, "x".repeat(64 * 1024 + 1));
    expect(large).toEqual({ code: 1009, reason: "a message has at most 65536 bytes", pictures: 0 });
    await expectMoving(views(page), FRAME);
  });
  await test.step("a thousand connections that never get anywhere keep nobody from a picture", async () => {
    const { port } = new URL(site.servers.run.url());
    const { pathname } = new URL(site.socket("run"));
    const cookies = await page.context().cookies(`${site.nginx.origin}${BASES.run}/`);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const half = `GET ${pathname} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n`;
    const whole =
      `${half}Connection: Upgrade\r\nCookie: ${cookie}\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    const sockets = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => halfOpen(Number(port), index % 2 === 0 ? half : whole)),
    );
    await expectMoving(views(page), FRAME);
    const other = await page.context().newPage();
    await other.goto(site.nginx.through(site.servers.run.url({ facts: "beside-many" })));
    await expectLive(other);
    await expectMoving(views(other), FRAME);
    await expect(views(other)).toHaveAttribute("data-transport", "same-origin");
    for (const socket of sockets) socket.destroy();
  });
});

test("marimo.create_asgi_app() mounted in another app, below a prefix", async ({ page, mounted }) => {
  await page.goto(`${mounted}?facts=mounted`);
  await expectLive(page);
  await expectMoving(views(page), FRAME);
  await expect(views(page)).toHaveAttribute("data-transport", "same-origin");
});

/** A connection that sent `text` and will say no more; the server has it when this returns. */
async function halfOpen(port: number, text: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text, () => resolve(socket)));
    socket.on("error", reject);
  });
}
