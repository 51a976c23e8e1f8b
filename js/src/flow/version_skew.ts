/**
 * Explain that page and kernel have different versions, with the remedy; empty when they do not, or one is unknown.
 *
 * What a kernel sets and what a page reads is no protocol with versions: they are made to be released together.
 */
export function pageSkew(page: string, kernel: string): string {
  if (!differ(page, kernel)) return "";
  return (
    `This page has marimo-rfb ${page}, and the kernel has ${kernel}. Reload the page; if this stays, empty the ` +
    "browser's cache, and start the kernel anew."
  );
}

/** The same of a worker script that was copied to an address of the page's own. */
export function workerSkew(worker: string, page: string): string {
  if (!differ(worker, page)) return "";
  return (
    `The script at worker_url is of marimo-rfb ${worker}, and this page of ${page}. Serve the worker.js that is next to ` +
    "widget.js in marimo_rfb/static now, and reload the page."
  );
}

function differ(one: string, other: string): boolean {
  return one !== other && one !== "" && other !== "";
}
