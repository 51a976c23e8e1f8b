import type { CDPSession, Locator, Page } from "@playwright/test";
import { expectLive, views } from "./support/screen.ts";
import type { Notebook } from "./support/test.ts";
import { expect, test } from "./support/test.ts";

interface Event {
  readonly type: string;
  readonly key: string;
  readonly data: string;
  readonly input_type: string;
  readonly is_composing: boolean;
}

/** What Python receives, from one question to the next. */
class Receipts {
  readonly #notebook: Notebook;
  #seen = 0;

  constructor(notebook: Notebook) {
    this.#notebook = notebook;
  }

  /** Wait until just these came, as type and what was typed or which key. */
  async expect(...wanted: string[]): Promise<void> {
    const news = (): string[] => this.#news.map(briefly);
    await expect.poll(news, { intervals: [50, 100, 250] }).toEqual(wanted);
    this.#seen += this.#news.length;
  }

  /** Wait until these came last, and leave out what was before them. */
  async expectLast(...wanted: string[]): Promise<void> {
    const last = (): string[] => this.#news.map(briefly).slice(-wanted.length);
    await expect.poll(last, { intervals: [50, 100, 250] }).toEqual(wanted);
    this.#seen += this.#news.length;
  }

  get #news(): Event[] {
    const all = this.#notebook.facts<Event>("events");
    return all.filter(({ type }) => !/^(pointer_|show|hide|resize)/.test(type)).slice(this.#seen);
  }
}

function briefly({ type, key, data, input_type, is_composing }: Event): string {
  if (type !== "char") return [type, key ?? data].filter((part) => part !== undefined).join(" ");
  return `char ${data} ${input_type}${is_composing ? " composing" : ""}`;
}

/** A key of an input method, or of the keyboard of a screen: its code says only that there was one. */
async function pressUnknown(cdp: CDPSession, commands: string[] = []): Promise<void> {
  const key = { key: "Process", code: "", windowsVirtualKeyCode: 229 };
  await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key, commands });
  await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
}

function ringOf(view: Locator): Promise<string> {
  return view.locator(".rfb-viewport").evaluate((viewport) => getComputedStyle(viewport, "::after").borderTopWidth);
}

async function scrolled(page: Page): Promise<number> {
  return (await views(page).first().boundingBox())?.y ?? NaN;
}

test("text is typed, composed and deleted where Python wants text, and nothing is told twice", async ({
  page,
  open,
}) => {
  const notebook = await open("inputs.py");
  await expectLive(page, 2);
  const receipts = new Receipts(notebook);
  const cdp = await page.context().newCDPSession(page);
  const top = await scrolled(page);
  for (const [index, view] of (await views(page).all()).entries()) {
    const field = view.locator(".rfb-text");
    await expect(field).toHaveCount(0);
    await view.locator("canvas").focus();
    await receipts.expect("focus_in");
    await page.keyboard.press("q");
    await receipts.expect("key_down q", "char q insertText", "key_up q");
    expect(await ringOf(view)).toBe("2px");

    // While it has the focus, which stays in the picture.
    notebook.wish({ traits: { text_input: true } });
    await expect(field).toBeFocused();
    expect(await ringOf(view)).toBe("2px");
    await expect(view.getByRole("textbox", { name: `a card, ${"pw"[index] ?? ""}` })).toHaveCount(1);
    await expect(field).toHaveCSS("font-size", "16px");
    await expect(field).toHaveAttribute("autocapitalize", "off");
    await expect(field).toHaveAttribute("inputmode", "text");
    await expect(view.locator("canvas")).toHaveAttribute("tabindex", "-1");

    await page.keyboard.press("r");
    await receipts.expect("key_down r", "char r insertText", "key_up r");
    await expect(field).toHaveValue("");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+z");
    await receipts.expect(
      ...["key_down Backspace", "key_up Backspace", "key_down Enter", "key_up Enter"],
      ...["key_down Control", "key_down z", "key_up z", "key_up Control"],
    );

    await pressUnknown(cdp);
    await pressUnknown(cdp, ["DeleteBackward"]);
    await receipts.expect("key_down Backspace", "key_up Backspace");
    await pressUnknown(cdp, ["DeleteForward"]);
    await pressUnknown(cdp, ["InsertNewline"]);
    await receipts.expect("key_down Delete", "key_up Delete", "key_down Enter", "key_up Enter");

    await cdp.send("Input.insertText", { text: "é" }); // of a dead key and a letter
    await receipts.expect("char é insertText");
    const dictated = `${"word ".repeat(120)}😀`;
    await cdp.send("Input.insertText", { text: dictated });
    const parts = [dictated.slice(0, 256), dictated.slice(256, 512), dictated.slice(512)];
    await receipts.expect(...parts.map((part) => `char ${part} insertText`));
    await expect(field).toHaveValue("");

    // A composition ends with the focus.
    await cdp.send("Input.imeSetComposition", { text: "ni", selectionStart: 2, selectionEnd: 2 });
    await receipts.expect("char ni insertCompositionText composing");
    await page.locator("#other-field").focus();
    await receipts.expect("char ni insertFromComposition", "focus_out");

    await field.focus();
    await receipts.expect("focus_in");
    for (const key of ["Space", "PageDown", "ArrowDown", "End"]) await page.keyboard.press(key);
    const keys = [" ", "PageDown", "ArrowDown", "End"].flatMap((key) => [`key_down ${key}`, `key_up ${key}`]);
    keys.splice(1, 0, "char   insertText");
    await receipts.expect(...keys);
    expect(await scrolled(page)).toBe(top);

    notebook.wish({ traits: { text_input: false } });
    await expect(view.locator("canvas")).toBeFocused();
    await expect(field).toHaveCount(0);
    await page.keyboard.press("s");
    await receipts.expect("key_down s", "char s insertText", "key_up s");
    await page.locator("#other-field").focus();
    await receipts.expect("focus_out");
  }
});

test("the clipboard goes both ways where Python wants it, and no way where not", async ({ page, open, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const notebook = await open("inputs.py", { query: { views: "p" } });
  await expectLive(page);
  const receipts = new Receipts(notebook);
  const view = views(page);
  const field = page.locator("#other-field");
  const onClipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  /** Copy as a person does elsewhere, and come back to the picture. */
  const copyElsewhere = async (text: string, back: Locator): Promise<void> => {
    await field.fill(text);
    await field.selectText();
    await page.keyboard.press("Control+c");
    await expect.poll(async () => (await onClipboard()) === text).toBe(true);
    await back.focus();
  };
  const chord = (key: string, ...told: string[]): string[] => {
    return ["key_down Control", `key_down ${key}`, ...told, `key_up ${key}`, "key_up Control"];
  };
  const pastes = (): string[] => {
    const events = notebook.facts<Event>("events").filter(({ type }) => type === "paste");
    return events.map(({ data }) => data);
  };

  await copyElsewhere("not for Python", view.locator("canvas"));
  notebook.wish({ copy: "not for the clipboard" });
  await expect.poll(() => notebook.facts("copied").at(-1)).toBe("not for the clipboard");
  await page.keyboard.press("Control+v");
  await page.keyboard.press("Control+c");
  await receipts.expect("focus_in", ...chord("v"), ...chord("c"));
  expect(await onClipboard()).toBe("not for Python");

  for (const text_input of [true, false]) {
    notebook.wish({ traits: { clipboard: true, text_input } });
    const picture = view.locator(text_input ? ".rfb-text" : "canvas");
    await expect(picture).toBeFocused();
    await copyElsewhere("for Python", picture);
    await receipts.expect("focus_out", "focus_in");
    await page.mouse.click(200, 100, { button: "middle" });
    await page.keyboard.press("Control+v");
    await receipts.expect(...chord("v", "paste for Python"));

    const tooLong = "漢字".repeat(20_000); // of three bytes each
    await copyElsewhere(tooLong, picture);
    await page.keyboard.press("Control+v");
    await expect.poll(() => pastes().at(-1)?.length).toBeGreaterThan(15_000);
    expect(tooLong.startsWith(pastes().at(-1) ?? "")).toBe(true);
    await expect(view).toHaveAttribute("data-state", "negotiated");

    notebook.wish({ traits: { clipboard: true, text_input }, copy: `at once ${text_input}` });
    await expect.poll(onClipboard).toBe(`at once ${text_input}`);

    // Who works elsewhere keeps what they copied, until they ask in the picture.
    await copyElsewhere("of somebody else", field);
    const offered = `when asked ${text_input}`;
    notebook.wish({ traits: { clipboard: true, text_input }, copy: offered, cursor: "help" });
    await expect(view.locator("canvas")).toHaveCSS("cursor", "help"); // which came after the text
    await picture.focus();
    expect(await onClipboard()).toBe("of somebody else");
    await page.keyboard.press("Control+c");
    await expect.poll(onClipboard).toBe(offered);
    await receipts.expectLast(...chord("c"));
  }
});
