import type { Locator, Page } from "@playwright/test";
import { expect } from "@playwright/test";

/** The page of `marimo edit`, used as a person uses it. */
export class Editor {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The cell whose code has `text`; it is the same one afterwards, whatever becomes of its code. */
  async cell(text: string): Promise<Locator> {
    const found = this.#page.locator(".marimo-cell", { has: this.#page.locator(".cm-content", { hasText: text }) });
    await expect(found).toHaveCount(1);
    return this.#page.locator(`.marimo-cell[data-cell-id="${await found.getAttribute("data-cell-id")}"]`);
  }

  /** The code of a cell. */
  async code(cell: Locator): Promise<string> {
    return (await cell.locator(".cm-line").allTextContents()).join("\n");
  }

  /** Write `code` in place of what the cell has, and run it. */
  async write(cell: Locator, code: string): Promise<void> {
    const editor = cell.locator(".cm-content");
    await editor.focus();
    await this.#page.keyboard.press("ControlOrMeta+a");
    // Whole, because what is typed key by key is completed and indented.
    await this.#page.keyboard.insertText(code);
    await expect.poll(() => this.code(cell)).toBe(code);
    await this.#page.keyboard.press("Control+Enter");
  }

  /** Put `after` in place of `before` in the code of a cell, and run it. */
  async replace(cell: Locator, before: string, after: string): Promise<void> {
    const code = await this.code(cell);
    expect(code).toContain(before);
    await this.write(cell, code.replaceAll(before, after));
  }

  /** Move a cell past its neighbour. */
  async moveUp(cell: Locator): Promise<void> {
    await cell.locator(".cm-content").focus();
    await this.#page.keyboard.press("ControlOrMeta+Shift+9");
  }

  async delete(cell: Locator): Promise<void> {
    await cell.hover();
    await cell.getByTestId("delete-button").click();
    await expect(cell).toHaveCount(0);
  }

  /** Show the notebook as an app, or its code again. */
  async toggleAppView(): Promise<void> {
    await this.#page.getByTestId("hide-code-button").click();
  }

  /** Lay the app out otherwise; only in the app view. */
  async layOut(layout: "Vertical" | "Grid" | "Slides"): Promise<void> {
    const select = this.#page.getByTestId("layout-select");
    await select.click();
    await this.#page.getByRole("option", { name: layout }).click();
    await expect(select).toHaveText(layout);
  }

  async restartKernel(): Promise<void> {
    await this.#page.getByTestId("notebook-menu-dropdown").click();
    await this.#page.getByRole("menuitem", { name: "Restart kernel" }).click();
    await this.#page.getByRole("button", { name: "Confirm Restart" }).click();
  }
}
