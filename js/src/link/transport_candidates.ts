import type { StreamAddress } from "../host/traits.ts";
import type { TransportAdvice, TransportCandidate } from "../wire/worker_messages.ts";
import type { PageLocation } from "./resolve_url.ts";
import { resolveUrl } from "./resolve_url.ts";

/** What shows the page; in VS Code and Colab, the page's origin does not lead to the kernel's machine. */
type Program = "vscode" | "colab" | "browser";

const ADVICE: Readonly<Record<Program, TransportAdvice | undefined>> = {
  vscode: {
    better:
      "For more and larger pictures, open the notebook in a browser, or forward the stream's port in the Ports view " +
      "of VS Code.",
    remedy:
      "In VS Code a view needs a running kernel, and either the stream's port (forwarded in the Ports view if the " +
      "kernel runs on another machine) or the widgets of the Jupyter or marimo extension. Run the cell that made " +
      "this view again, or open the notebook in a browser.",
  },
  colab: {
    better: "Colab offers no faster transport.",
    remedy:
      "In Colab, pictures travel only over the kernel's channel. Check that the page is connected to its runtime, " +
      "and run the cell that made this view again.",
  },
  browser: undefined,
};

/** What the choice of transports needs to know about the page. */
export interface PageEnvironment {
  readonly location: PageLocation;
  /** The URL of this module; in marimo below that of its server. */
  readonly moduleUrl: string;
  /** The base path of the Jupyter server that served the page; empty elsewhere. */
  readonly jupyterBase: string;
}

/** The transport candidates, best first, and the URL that probes whether the page's own server forwards sockets. */
export interface TransportCandidates {
  readonly candidates: readonly TransportCandidate[];
  readonly probeUrl: string;
}

/**
 * Return the candidates that can work from this page; none before the server has started.
 *
 * An explicit address is the only candidate. Otherwise the port comes first if the page is on a loopback address, and
 * the page's own server if not.
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
  // VS Code shows pages only from the machine that it runs on; a Colab runtime is reachable only through its comm.
  if (programOf(place.location) === "vscode") return { candidates: [direct, comm], probeUrl: "" };
  if (programOf(place.location) === "colab") return { candidates: [comm], probeUrl: "" };
  const probeUrl = own?.probe.href ?? "";
  if (isLoopback(place.location.hostname)) return { candidates: [direct, ...sameOrigin, comm], probeUrl };
  // On a page from another machine, a loopback address would be the user's machine, not the kernel's.
  return { candidates: [...sameOrigin, ...(isLoopback(hostOf(address)) ? [] : [direct]), comm], probeUrl };
}

function programOf({ protocol, hostname }: PageLocation): Program {
  if (protocol === "vscode-webview:") return "vscode";
  return hostname.endsWith(".googleusercontent.com") ? "colab" : "browser";
}

/** Return the base path of the Jupyter server that served this page; empty if none did. */
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
    return undefined; // an unrelated element with this id
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
