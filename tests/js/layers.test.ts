import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";

const SOURCE = new URL("../../js/src/", import.meta.url);
const FILES = readdirSync(fileURLToPath(SOURCE), { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".ts"),
);

/** The folders, under `js/src`, that a file imports from; "" is `js/src` itself. */
function importedFolders(path: string): string[] {
  const text = readFileSync(new URL(path, SOURCE), "utf8");
  const here = new URL(path, SOURCE);
  return [...text.matchAll(/from "(\..*?)"/g)].map(([, target]) => {
    const relative = new URL(target ?? "", here).href.slice(SOURCE.href.length);
    return relative.includes("/") ? (relative.split("/")[0] ?? "") : "";
  });
}

test("there are sources to look at", () => {
  assert.ok(FILES.includes("widget.ts") && FILES.includes("worker/entry.ts"));
});

for (const path of FILES) {
  const folder = path.includes("/") ? path.split("/")[0] : "";
  const allowed = { worker: ["worker", "flow", "wire"], flow: ["flow", "wire"], wire: ["wire"] }[folder ?? ""];
  test(`${path} imports only from ${allowed?.join(", ") ?? "the page, flow and wire"}`, () => {
    for (const imported of importedFolders(path)) {
      // Where no worker may run, the page does its work: that file alone knows.
      const isPage = imported !== "worker" || path === "link/decode_host.ts";
      assert.ok(allowed === undefined ? isPage : allowed.includes(imported), imported);
    }
  });
}

test("the lock file names no registry", () => {
  const lock = readFileSync(new URL("../../js/package-lock.json", import.meta.url), "utf8");
  assert.doesNotMatch(lock, /"resolved"|https?:\/\/[^"]*registry/);
});
