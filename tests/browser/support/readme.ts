import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./process.ts";
import { test } from "./test.ts";

/** The Python of the README, by the headings that it stands under; nobody adds a block without a test of it. */
export function readmeBlocks(headings: readonly string[]): string[] {
  const blocks = blocksOf("README.md");
  const found = blocks.map(({ heading }) => heading);
  if (found.join() !== headings.join())
    throw new Error(`the README has code under ${found}, and not under ${headings}`);
  return blocks.map(({ code }) => code);
}

/** The Python of a page of the documentation under one heading; what is under the others is run without a browser. */
export function docsBlocks(page: string, heading: string): string[] {
  const blocks = blocksOf(join("docs", page)).filter((block) => block.heading === heading);
  if (blocks.length === 0) throw new Error(`docs/${page} has no code under ${heading}`);
  return blocks.map(({ code }) => code);
}

function blocksOf(file: string): { readonly heading: string; readonly code: string }[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return text.split(/^## /m).flatMap((section) => {
    const [heading = ""] = section.split("\n");
    return [...section.matchAll(/^```python\n(.*?)^```$/gms)].map(([, code = ""]) => ({ heading, code }));
  });
}

/** The cells of a block: each begins with a line that begins with `# %%`. */
export function cellsOf(block: string): string[] {
  const cells = block.split(/^(?=# %%)/m);
  if (cells.some((cell) => !cell.startsWith("# %%"))) throw new Error(`this belongs to no cell: ${cells[0]}`);
  return cells.map((cell) => cell.trimEnd());
}

/** Write a file with `text` where the running test keeps its own, and return its path. */
export function writeFile(name: string, text: string): string {
  const path = test.info().outputPath(name);
  writeFileSync(path, text);
  return path;
}

/** A marimo notebook of these cells. */
export function marimoNotebook(cells: readonly string[]): string {
  const functions = cells.map((cell) => {
    const define = /\bawait\b/.test(cell) ? "async def" : "def";
    return `@app.cell\n${define} _():\n${cell.replaceAll(/^(?=.)/gm, "    ")}\n    return\n`;
  });
  return ["import marimo\n\napp = marimo.App()\n", ...functions].join("\n\n");
}
