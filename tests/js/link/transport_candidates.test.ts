import assert from "node:assert/strict";
import test from "node:test";
import type { StreamAddress } from "../../../js/src/host/traits.ts";
import type { PageEnvironment } from "../../../js/src/link/transport_candidates.ts";
import { jupyterBase, transportCandidates } from "../../../js/src/link/transport_candidates.ts";

const HUB = "0123456789abcdef";

function address(fields: Partial<StreamAddress> = {}): StreamAddress {
  return { url: "", basePath: "", host: "auto", port: 9000, stream: "view", hub: "", autoTransport: true, ...fields };
}

/** A page at `href`, whose module is `moduleUrl`. */
function place(href: string, moduleUrl = "", jupyterBase = ""): PageEnvironment {
  const { protocol, host, hostname } = new URL(href);
  return { location: { protocol, host, hostname }, moduleUrl, jupyterBase };
}

/** The candidates as `kind url`, best first. */
function listed(fields: Partial<StreamAddress>, from: PageEnvironment): string[] {
  return transportCandidates(address(fields), from).candidates.map(({ kind, url }) => `${kind} ${url}`.trim());
}

const MARIMO: readonly [page: string, module: string, socket: string, probe: string][] = [
  [
    "http://lab.example:2718/",
    "http://lab.example:2718/@file/257-widget.js",
    `ws://lab.example:2718/rfb/${HUB}/view`,
    "http://lab.example:2718/rfb/health",
  ],
  [
    "https://lab.example/sub/app/?file=a.py",
    "https://lab.example/sub/app/@file/257-widget.js?v=1",
    `wss://lab.example/sub/app/rfb/${HUB}/view`,
    "https://lab.example/sub/app/rfb/health",
  ],
  [
    "https://page.example/",
    "https://kernel.example:8443/run/7/@file/1-widget.js",
    `wss://kernel.example:8443/run/7/rfb/${HUB}/view`,
    "https://kernel.example:8443/run/7/rfb/health",
  ],
];

for (const [page, module, socket, probe] of MARIMO) {
  test(`in marimo the socket through its server is ${socket}`, () => {
    const from = place(page, module);
    const { candidates, probeUrl } = transportCandidates(address({ hub: HUB }), from);
    assert.deepEqual(candidates[0], { kind: "same-origin", url: socket });
    assert.equal(probeUrl, probe);
  });
}

const JUPYTER: readonly [page: string, base: string, socket: string, probe: string][] = [
  [
    "http://lab.example:8888/lab",
    "/",
    "ws://lab.example:8888/proxy/9000/view",
    "http://lab.example:8888/proxy/9000/health",
  ],
  [
    "https://hub.example/user/ann/lab/tree/a.ipynb",
    "/user/ann/",
    "wss://hub.example/user/ann/proxy/9000/view",
    "https://hub.example/user/ann/proxy/9000/health",
  ],
  [
    "https://hub.example/user/ann%40lab/notebooks/a.ipynb",
    "/user/ann%40lab",
    "wss://hub.example/user/ann%40lab/proxy/9000/view",
    "https://hub.example/user/ann%40lab/proxy/9000/health",
  ],
  [
    "https://page.example/lab",
    "https://server.example:8888/x/",
    "wss://server.example:8888/x/proxy/9000/view",
    "https://server.example:8888/x/proxy/9000/health",
  ],
];

for (const [page, base, socket, probe] of JUPYTER) {
  test(`in Jupyter with the base ${base} the socket through its server is ${socket}`, () => {
    // Jupyter loads modules from blob and data URLs.
    const { candidates, probeUrl } = transportCandidates(address(), place(page, "blob:https://hub.example/1", base));
    assert.deepEqual(candidates[0], { kind: "same-origin", url: socket });
    assert.equal(probeUrl, probe);
  });
}

const LOOPBACK = ["localhost", "127.0.0.1", "127.8.9.10", "[::1]", "notebook.localhost"];

for (const host of LOOPBACK) {
  test(`on ${host} the port comes first, then the page's own server, then the kernel's comm`, () => {
    const from = place(`http://${host}:2718/`, `http://${host}:2718/@file/1-w.js`);
    assert.deepEqual(listed({ hub: HUB }, from), [
      `direct ws://${host}:9000/view`,
      `same-origin ws://${host}:2718/rfb/${HUB}/view`,
      "comm",
    ]);
  });
}

for (const host of ["lab.example", "192.168.0.7", "[fe80::1]", "localhost.example", "127.example"]) {
  test(`on ${host} the page's own server comes first, then the port, then the kernel's comm`, () => {
    const from = place(`http://${host}:2718/`, `http://${host}:2718/@file/1-w.js`);
    assert.deepEqual(listed({ hub: HUB }, from), [
      `same-origin ws://${host}:2718/rfb/${HUB}/view`,
      `direct ws://${host}:9000/view`,
      "comm",
    ]);
  });
}

test("from another machine the kernel's loopback address is no candidate", () => {
  const from = place("http://lab.example/", "http://lab.example/@file/1-w.js");
  for (const host of ["127.0.0.1", "localhost", "::1", "[::1]"]) {
    assert.deepEqual(listed({ hub: HUB, host }, from), [`same-origin ws://lab.example/rfb/${HUB}/view`, "comm"]);
    assert.deepEqual(listed({ host }, from), ["comm"]);
  }
});

test("without a server that forwards sockets there are the port and the kernel's comm, and no probe", () => {
  for (const module of ["data:text/javascript,1", "blob:http://localhost/1", "file:///tmp/w.js", ""]) {
    const from = place("http://localhost:2718/", module);
    assert.deepEqual(listed({ hub: HUB }, from), ["direct ws://localhost:9000/view", "comm"]);
    assert.equal(transportCandidates(address({ hub: HUB }), from).probeUrl, "");
  }
  assert.deepEqual(listed({}, place("http://lab.example/", "http://lab.example/@file/1-w.js")), [
    "direct ws://lab.example:9000/view",
    "comm",
  ]);
});

test("the stream's name is one segment of the path, whatever it contains", () => {
  const encoded = "..%2Fa%20b%3Fx%23y%3Az";
  const stream = "../a b?x#y:z";
  const marimo = place("http://localhost:1/", "http://localhost:1/@file/w.js");
  assert.deepEqual(listed({ hub: HUB, stream }, marimo), [
    `direct ws://localhost:9000/${encoded}`,
    `same-origin ws://localhost:1/rfb/${HUB}/${encoded}`,
    "comm",
  ]);
  assert.equal(
    listed({ stream }, place("http://lab.example/lab", "", "/"))[0],
    `same-origin ws://lab.example/proxy/9000/${encoded}`,
  );
});

const PINS: readonly [what: string, fields: Partial<StreamAddress>, candidate: string][] = [
  [
    "an url is taken as it is",
    { url: "wss://x.example/a?b=c", basePath: "/p", autoTransport: false },
    "direct wss://x.example/a?b=c",
  ],
  ["a url with automatic transport", { url: "wss://x.example/a" }, "direct wss://x.example/a"],
  [
    "a base path goes through the page's own server",
    { basePath: "/p/", autoTransport: false },
    "same-origin ws://localhost:2718/p/view",
  ],
  ["a base path with automatic transport", { basePath: "p" }, "same-origin ws://localhost:2718/p/view"],
  ["a host and a port that were given", { host: "10.0.0.7", autoTransport: false }, "direct ws://10.0.0.7:9000/view"],
  ["a port that was given", { autoTransport: false }, "direct ws://localhost:9000/view"],
];

for (const [what, fields, candidate] of PINS) {
  test(`${what} is the only candidate, without a probe`, () => {
    const from = place("http://localhost:2718/", "http://localhost:2718/@file/1-w.js", "/");
    assert.deepEqual(listed({ hub: HUB, ...fields }, from), [candidate]);
    assert.equal(transportCandidates(address({ hub: HUB, ...fields }), from).probeUrl, "");
  });
}

test("there is no candidate while the server has not started, not even the kernel's comm", () => {
  const from = place("http://localhost:2718/", "http://localhost:2718/@file/1-w.js", "/");
  assert.deepEqual(transportCandidates(address({ hub: HUB, port: 0 }), from), { candidates: [], probeUrl: "" });
});

/** A page with the elements that Jupyter servers add. */
function page(config: string | undefined, bodyBase?: string): Document {
  return {
    getElementById: (id: string) =>
      id === "jupyter-config-data" && config !== undefined ? { textContent: config } : null,
    body: { dataset: bodyBase === undefined ? {} : { baseUrl: bodyBase } },
  } as unknown as Document;
}

test("the base URL comes from JupyterLab's configuration or the classic notebook's body", () => {
  assert.equal(jupyterBase(page('{"baseUrl": "/user/ann/", "token": ""}')), "/user/ann/");
  assert.equal(jupyterBase(page(undefined, "/user/bob/")), "/user/bob/");
});

test("a page that is not Jupyter's has no base URL", () => {
  const foreign = ["", "{", "null", "7", "[]", '{"baseUrl": 7}', "{}"];
  for (const config of foreign) assert.equal(jupyterBase(page(config)), "", config);
  assert.equal(jupyterBase(page(undefined)), "");
  assert.equal(jupyterBase({ getElementById: () => null, body: null } as unknown as Document), "");
});

test("in VS Code the candidates are the local or forwarded port and the kernel's comm", () => {
  const page = place("vscode-webview://1f9k2/index.html");
  assert.deepEqual(listed({ host: "127.0.0.1" }, page), ["direct ws://127.0.0.1:9000/view", "comm"]);
  assert.deepEqual(listed({}, page), ["direct ws://localhost:9000/view", "comm"]);
  const [, comm] = transportCandidates(address({ hub: HUB }), page).candidates;
  assert.match(comm?.advice?.remedy ?? "", /In VS Code .*Ports view.*in a browser/);
  assert.match(comm?.advice?.better ?? "", /forward the stream's port/);
});

test("in Colab the kernel's comm is the only candidate", () => {
  const page = place("https://x1-496ff2e9c6d22116-0-colab.googleusercontent.com/outputframe.html");
  assert.deepEqual(listed({ host: "127.0.0.1" }, page), ["comm"]);
  assert.match(transportCandidates(address(), page).candidates[0]?.advice?.remedy ?? "", /^In Colab, .*run the cell/);
  assert.equal(transportCandidates(address(), place("http://lab.example/")).candidates.at(-1)?.advice, undefined);
});
