// Bundles the widget: node build.mjs [--outdir DIR]. Runs with Node 20 and later.
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({ options: { outdir: { type: "string" } } });
const outdir = resolve(values.outdir ?? join(here, "../marimo_rfb/static"));

const project = await readFile(join(here, "../pyproject.toml"), "utf8");
const version = /^version = "([^"]+)"$/m.exec(project)?.[1];
if (version === undefined) throw new Error("pyproject.toml names no version");

const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  write: false,
  // Private members are native from here on, so nothing is emulated.
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  define: { RFB_VERSION: JSON.stringify(version) },
};

async function bundleText(options) {
  const result = await build({ ...shared, ...options });
  return result.outputFiles[0].text;
}

/** The page starts its worker from a Blob, because a notebook serves the widget as one file. */
function inlineWorker(source) {
  return {
    name: "inline-worker",
    setup(context) {
      context.onResolve({ filter: /^worker:source$/ }, () => ({ path: "worker", namespace: "inline" }));
      context.onLoad({ filter: /.*/, namespace: "inline" }, () => ({ contents: source, loader: "text" }));
    },
  };
}

// Python, and whoever looks into the file, read it there.
const banner = { js: `/* marimo-rfb ${version} */` };
const worker = await bundleText({ entryPoints: ["src/worker/entry.ts"], format: "iife", banner });
const widget = await bundleText({
  entryPoints: ["src/widget.ts"],
  format: "esm",
  banner,
  plugins: [inlineWorker(worker)],
});
const css = await bundleText({ entryPoints: ["src/widget.css"] });

await mkdir(outdir, { recursive: true });
const outputs = {
  "widget.js": widget,
  "widget.css": css,
  // For pages whose policy forbids Blob workers: serve it from their origin and name it in `worker_url`.
  "worker.js": worker,
};
for (const [name, text] of Object.entries(outputs)) {
  await writeFile(join(outdir, name), text);
  console.log(`${name} ${(Buffer.byteLength(text) / 1024).toFixed(1)} kB`);
}
