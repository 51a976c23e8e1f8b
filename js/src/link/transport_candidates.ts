import type { StreamAddress } from "../host/traits.ts";
import type { TransportAdvice, TransportCandidate } from "../wire/worker_messages.ts";
import type { PageLocation } from "./resolve_url.ts";
import { resolveUrl } from "./resolve_url.ts";

/** What shows a page, where that is not a server that the kernel's machine can be reached by. */
type Program = "vscode" | "colab" | "browser";

const ADVICE: Readonly<Record<Program, TransportAdvice | undefined>> = {
  vscode: {
    better:
      "For more, have VS Code reach the stream's port: where the kernel runs on another machine, forward that port in " +
      "the Ports view; or open the notebook in a browser.",
    remedy:
      "In VS Code a view needs the kernel to run, and either the stream's port on this machine (from another one: " +
      "forwarded in the Ports view) or the widgets of the Jupyter or marimo extension. Run the cell that made this view " +
      "again, or open the notebook in a browser.",
  },
  colab: {
    better: "In Colab there is no other way.",
    remedy:
      "In Colab pictures come over the kernel's channel only: see that the page is connected to its runtime, and run the " +
      "cell that made this view again.",
  },
  browser: undefined,
};

/** Where the page is, as far as it matters for the transport. */
export interface PageEnvironment {
  readonly location: PageLocation;
  /** Where this module came from; in marimo an address below that of its server. */
  readonly moduleUrl: string;
  /** The path of a Jupyter server that made the page; empty elsewhere. */
  readonly jupyterBase: string;
}

/** The transport candidates, best first, and the URL that shows whether the page's own server passes sockets on. */
export interface TransportCandidates {
  readonly candidates: readonly TransportCandidate[];
  readonly probeUrl: string;
}

/**
 * The candidates that make sense from this page; none while the server has not started.
 *
 * An address that somebody gave is the only candidate. Otherwise the port comes first where the page is on the kernel's
 * machine, and the page's own server elsewhere.
 */
export function transportCandidates(address: StreamAddress, place: PageEnvironment): TransportCandidates {
  const url = resolveUrl(address, place.location);
  if (url === undefined) return { candidates: [], probeUrl: "" };
  if (!address.autoTransport || address.url !== "" || address.basePath !== "") {
    const kind = address.url === "" && address.basePath !== "" ? "same-origin" : "direct";
    return { candidates: [{ kind, url }], probeUrl: "" };
  }
  const direct: TransportCandidate = { kind: "direct", url };
  const own = ownServer(address, place);
  const sameOrigin: TransportCandidate[] = own === undefined ? [] : [{ kind: "same-origin", url: toSocket(own.url) }];
  const advice = ADVICE[programOf(place.location)];
  const comm: TransportCandidate = { kind: "comm", url: "", ...(advice && { advice }) };
  // Only from the machine that it runs on does an editor show a page; what runs in Colab is reached by nothing else.
  if (programOf(place.location) === "vscode") return { candidates: [direct, comm], probeUrl: "" };
  if (programOf(place.location) === "colab") return { candidates: [comm], probeUrl: "" };
  const probeUrl = own?.probe.href ?? "";
  if (isLoopback(place.location.hostname)) return { candidates: [direct, ...sameOrigin, comm], probeUrl };
  // From a page of another machine the kernel's loopback would be that of whoever looks.
  return { candidates: [...sameOrigin, ...(isLoopback(hostOf(address)) ? [] : [direct]), comm], probeUrl };
}

function programOf({ protocol, hostname }: PageLocation): Program {
  if (protocol === "vscode-webview:") return "vscode";
  return hostname.endsWith(".googleusercontent.com") ? "colab" : "browser";
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
  address: StreamAddress,
  { location, moduleUrl, jupyterBase }: PageEnvironment,
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

function hostOf({ host }: StreamAddress): string {
  return host === "auto" ? "" : host;
}

/** Whether `hostname` names the machine that the browser runs on. */
function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "");
  return name === "::1" || name === "localhost" || name.endsWith(".localhost") || /^127(\.\d{1,3}){3}$/.test(name);
}
