import type { StreamAddress } from "../host/traits.ts";

/** The part of `window.location` that is needed. */
export interface PageLocation {
  readonly protocol: string;
  readonly host: string;
  readonly hostname: string;
}

/**
 * Return the URL of the socket: `url`, else `base_path` on the page's own host, else `host` and `port`.
 *
 * `undefined` while none is known: a server that starts on demand has no port yet.
 */
export function resolveUrl(address: StreamAddress, page: PageLocation): string | undefined {
  if (address.url !== "") return address.url;
  const stream = encodeURIComponent(address.stream);
  if (address.basePath !== "") {
    const scheme = page.protocol === "https:" ? "wss" : "ws";
    const path = address.basePath.replace(/^\/*/, "/").replace(/\/+$/, "");
    return `${scheme}://${page.host}${path}/${stream}`;
  }
  if (address.port <= 0) return undefined;
  // A page from an editor or a file has no host, or one that is not a machine's name.
  const ownHost = /^https?:$/.test(page.protocol) ? page.hostname : "";
  const host = address.host === "auto" ? ownHost || "localhost" : address.host;
  return `ws://${bracketed(host)}:${address.port}/${stream}`;
}

/** An IPv6 address is bracketed in a URL; `location.hostname` has the brackets already. */
function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
