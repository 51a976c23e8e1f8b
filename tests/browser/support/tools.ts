import type { Locator } from "@playwright/test";
import { expect } from "@playwright/test";
import { boxOf } from "./screen.ts";

/** A button over the picture, by its name. */
export function tool(view: Locator, name: string | RegExp): Locator {
  return view.getByRole("button", { name });
}

/** Point at the picture, near its bottom or at its top. */
export async function point(view: Locator, where: "bottom" | "top" = "bottom"): Promise<void> {
  const { x, y, width, height } = await boxOf(view);
  const at = where === "bottom" ? y + height - 30 : y + 20;
  // Never to where the pointer is already, which is no move.
  await view.page().mouse.move(x + width / 2, at - 5);
  await view.page().mouse.move(x + width / 2, at);
}

/** Point at the picture, wait for what lies over it then, and open the tools of a small view. */
export async function wake(view: Locator): Promise<void> {
  // Who inspects pixels gets the tools only there.
  const isInspecting = await view.evaluate((root) => root.classList.contains("rfb-inspecting"));
  await point(view, isInspecting ? "top" : "bottom");
  await expect(view.locator(".rfb-toolbar")).toHaveCSS("opacity", "1");
  const more = tool(view, "Tools");
  if (await more.isVisible()) await more.click();
}

/** Use a tool as a person does: it comes when the pointer is over the view. */
export async function press(view: Locator, name: string | RegExp): Promise<void> {
  await wake(view);
  await tool(view, name).click();
}
