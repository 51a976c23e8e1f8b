import assert from "node:assert/strict";
import test from "node:test";
import type { StreamAddress } from "../../../js/src/host/traits.ts";
import { resolveUrl } from "../../../js/src/link/resolve_url.ts";

const HTTP = { protocol: "http:", host: "lab.example:2718", hostname: "lab.example" };
const HTTPS = { protocol: "https:", host: "lab.example", hostname: "lab.example" };
const IPV6 = { protocol: "http:", host: "[::1]:2718", hostname: "[::1]" };

function address(fields: Partial<StreamAddress>): StreamAddress {
  return {
    url: "",
    basePath: "",
    host: "127.0.0.1",
    port: 0,
    stream: "default",
    hub: "",
    autoTransport: false,
    ...fields,
  };
}

test("an explicit url takes precedence and is used unchanged", () => {
  const all = address({ url: "wss://x.example/a?b=c", basePath: "/rfb/1", port: 9000 });
  assert.equal(resolveUrl(all, HTTP), "wss://x.example/a?b=c");
});

test("a base path takes precedence over host and port, on the page's own host", () => {
  const both = address({ basePath: "/nb/rfb/a1b2", port: 9000 });
  assert.equal(resolveUrl(both, HTTP), "ws://lab.example:2718/nb/rfb/a1b2/default");
});

test("under https a base path uses wss", () => {
  assert.equal(resolveUrl(address({ basePath: "/rfb/1" }), HTTPS), "wss://lab.example/rfb/1/default");
});

test("slashes around a base path are normalised", () => {
  for (const basePath of ["rfb/1", "/rfb/1/", "//rfb/1//"]) {
    assert.equal(resolveUrl(address({ basePath }), HTTPS), "wss://lab.example/rfb/1/default");
  }
  assert.equal(resolveUrl(address({ basePath: "/" }), HTTPS), "wss://lab.example/default");
});

test("host and port are the last choice and never use wss", () => {
  assert.equal(resolveUrl(address({ port: 9000 }), HTTPS), "ws://127.0.0.1:9000/default");
});

test("the host auto is the page's host", () => {
  assert.equal(resolveUrl(address({ host: "auto", port: 9000 }), HTTP), "ws://lab.example:9000/default");
  assert.equal(resolveUrl(address({ host: "auto", port: 9000 }), IPV6), "ws://[::1]:9000/default");
  const file = { protocol: "file:", host: "", hostname: "" };
  assert.equal(resolveUrl(address({ host: "auto", port: 9000 }), file), "ws://localhost:9000/default");
});

test("an IPv6 address is bracketed once", () => {
  assert.equal(resolveUrl(address({ host: "fe80::1", port: 9000 }), HTTP), "ws://[fe80::1]:9000/default");
  assert.equal(resolveUrl(address({ host: "[fe80::1]", port: 9000 }), HTTP), "ws://[fe80::1]:9000/default");
});

test("the stream's name is encoded, so it cannot change the path", () => {
  const odd = { stream: "../a b/ü?x#y" };
  const encoded = "..%2Fa%20b%2F%C3%BC%3Fx%23y";
  assert.equal(resolveUrl(address({ ...odd, port: 1 }), HTTP), `ws://127.0.0.1:1/${encoded}`);
  assert.equal(resolveUrl(address({ ...odd, basePath: "/r" }), HTTP), `ws://lab.example:2718/r/${encoded}`);
});

test("without url, base path and port there is no address yet", () => {
  assert.equal(resolveUrl(address({}), HTTP), undefined);
});
