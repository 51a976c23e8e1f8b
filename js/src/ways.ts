import { resolveUrl } from "./resolve_url.ts";
import type { Address, PageLocation } from "./resolve_url.ts";
import type { Way } from "./wire/port.ts";

/** Where the page is, as far as it matters for the way to a stream. */
export interface Place {
  readonly location: PageLocation;
  /** Where this module came from; in marimo an address below that of its server. */
  readonly moduleUrl: string;
  /** The path of a Jupyter server that made the page; empty elsewhere. */
  readonly jupyterBase: string;
}

/** The ways to a stream, best first, and what tells whether sockets through the page's own server come through. */
export interface Ways {
  readonly ways: readonly Way[];
  readonly probeUrl: string;
}

/**
 * The ways that make sense from this page; none while the server has not started.
 *
 * An address that somebody gave is the only way. Otherwise the port comes first where the page is on the kernel's
 * machine, and the page's own server elsewhere.
 */
export function waysOf(address: Address, place: Place): Ways {
  const url = resolveUrl(address, place.location);
  if (url === undefined) return { ways: [], probeUrl: "" };
  if (!address.isFree || address.url !== "" || address.basePath !== "") {
    const rung = address.url === "" && address.basePath !== "" ? "same-origin" : "direct";
    return { ways: [{ rung, url }], probeUrl: "" };
  }
  const direct: Way = { rung: "direct", url };
  const own = ownServer(address, place);
  const sameOrigin: Way[] = own === undefined ? [] : [{ rung: "same-origin", url: toSocket(own.url) }];
  const comm: Way = { rung: "comm", url: "" };
  const probeUrl = own?.probe.href ?? "";
  if (isLoopback(place.location.hostname)) return { ways: [direct, ...sameOrigin, comm], probeUrl };
  // From a page of another machine the kernel's loopback would be that of whoever looks.
  return { ways: [...sameOrigin, ...(isLoopback(hostOf(address)) ? [] : [direct]), comm], probeUrl };
}

/** The path of the Jupyter server that made this page; empty when none did. */
export function jupyterBase(page: Document): string {
  const config = page.getElementById("jupyter-config-data")?.textContent;
  const base = config ? baseUrlOf(config) : page.body?.dataset["baseUrl"];
  return base ?? "";
}

function baseUrlOf(config: string): string | undefined {
  try {
    const { baseUrl } = JSON.parse(config) as { baseUrl?: unknown };
    return typeof baseUrl === "string" ? baseUrl : undefined;
  } catch {
    return undefined; // some other page's element of that name
  }
}

function ownServer(
  address: Address,
  { location, moduleUrl, jupyterBase }: Place,
): { url: URL; probe: URL } | undefined {
  const stream = encodeURIComponent(address.stream);
  if (address.hub !== "" && /^https?:/.test(moduleUrl)) {
    return { url: new URL(`../rfb/${address.hub}/${stream}`, moduleUrl), probe: new URL("../rfb/health", moduleUrl) };
  }
  if (jupyterBase === "") return undefined;
  const origin = `${location.protocol}//${location.host}`;
  const proxy = new URL(`${jupyterBase.replace(/\/+$/, "")}/proxy/${address.port}/`, origin);
  return { url: new URL(stream, proxy), probe: new URL("health", proxy) };
}

function toSocket(url: URL): string {
  return url.href.replace(/^http/, "ws");
}

function hostOf({ host }: Address): string {
  return host === "auto" ? "" : host;
}

/** Whether `hostname` names the machine that the browser runs on. */
function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "");
  return name === "::1" || name === "localhost" || name.endsWith(".localhost") || /^127(\.\d{1,3}){3}$/.test(name);
}
