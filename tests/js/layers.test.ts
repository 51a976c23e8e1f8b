import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";

/** Which other folders of `js/src` the files of a folder may import from. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  flow: ["wire"],
  worker: ["flow", "wire"],
  host: ["flow", "wire"],
  view: ["host", "flow", "wire"],
  input: ["view", "host", "flow", "wire"],
  capture: ["view", "host", "flow", "wire"],
  chrome: ["capture", "view", "host", "flow", "wire"],
  link: ["view", "host", "flow", "wire"],
};

/** Files that may import from more folders than the others of their folder. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // The only top-level file: it creates links and views.
  "widget.ts": ["link", "host", "view"],
  // If no worker can run, this file runs the worker's pipeline in the page.
  "link/decode_host.ts": ["worker"],
  // It assembles a view, whose parts depend only on `ViewContext`.
  "view/view.ts": ["chrome", "input"],
};

const SOURCE = new URL("../../js/src/", import.meta.url);
const FILES = readdirSync(fileURLToPath(SOURCE), { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"));
const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(FILES.map((path) => [path, importsOf(path)]));

/** The files under `js/src` that a file imports from, including type imports. */
function importsOf(path: string): string[] {
  const here = new URL(path, SOURCE);
  const text = readFileSync(here, "utf8");
  return [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"(\.[^"]*)"/g)].map(([, target = ""]) =>
    new URL(target, here).href.slice(SOURCE.href.length),
  );
}

/** Empty for a top-level file. */
function folderOf(path: string): string {
  return path.includes("/") ? (path.split("/")[0] ?? "") : "";
}

/** The first import cycle, with its first file repeated at the end; undefined if there is none. */
function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (finished.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle !== undefined) return circle;
    }
    finished.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const circle = visit(node, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test("there are source files", () => {
  assert.ok(FILES.includes("widget.ts") && FILES.includes("worker/entry.ts"));
  assert.ok(IMPORTS.get("widget.ts")?.includes("link/link.ts"));
});

test("the table lists exactly the existing folders", () => {
  const folders = new Set(FILES.filter((path) => path !== "widget.ts").map(folderOf));
  assert.deepEqual([...folders].sort(), Object.keys(MAY_IMPORT).sort());
});

for (const path of FILES) {
  const folder = folderOf(path);
  const allowed = [folder, ...(MAY_IMPORT[folder] ?? []), ...(EXCEPTIONS[path] ?? [])].filter((name) => name !== "");
  test(`${path} imports only from ${allowed.join(", ")}`, () => {
    for (const imported of IMPORTS.get(path) ?? []) assert.ok(allowed.includes(folderOf(imported)), imported);
  });
}

test("every exception is needed", () => {
  for (const [path, folders] of Object.entries(EXCEPTIONS)) {
    const used = new Set(IMPORTS.get(path)?.map(folderOf));
    for (const folder of folders) assert.ok(used.has(folder), `${path} does not import from ${folder}`);
  }
});

test("files have no import cycles, type imports included", () => {
  assert.equal(findCircle(IMPORTS)?.join(" → "), undefined);
});

test("folders have no import cycles, except for the exceptions", () => {
  const graph = new Map<string, string[]>(Object.keys(MAY_IMPORT).map((folder) => [folder, []]));
  for (const [path, imports] of IMPORTS) {
    const folder = folderOf(path);
    for (const imported of imports.map(folderOf)) {
      const isExcepted = EXCEPTIONS[path]?.includes(imported);
      if (imported !== folder && !isExcepted) graph.get(folder)?.push(imported);
    }
  }
  assert.equal(findCircle(graph)?.join(" → "), undefined);
});

test("the lock file contains no registry URL", () => {
  const lock = readFileSync(new URL("../../js/package-lock.json", import.meta.url), "utf8");
  assert.doesNotMatch(lock, /"resolved"|https?:\/\/[^"]*registry/);
});
