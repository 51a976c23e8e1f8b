/**
 * Explain a version mismatch between page and kernel, with the remedy; empty if the versions match or one is unknown.
 *
 * The traits are not a versioned protocol: the page and the kernel's part are released together.
 */
export function pageSkew(page: string, kernel: string): string {
  if (!differ(page, kernel)) return "";
  return (
    `This page has marimo-rfb ${page}, but the kernel has ${kernel}. Reload the page. If this persists, clear the ` +
    "browser's cache and restart the kernel."
  );
}

/** Explain a version mismatch between the page and the worker script at `worker_url`. */
export function workerSkew(worker: string, page: string): string {
  if (!differ(worker, page)) return "";
  return (
    `The script at worker_url is from marimo-rfb ${worker}, but this page has ${page}. Serve the current worker.js ` +
    "(next to widget.js in marimo_rfb/static) and reload the page."
  );
}

function differ(one: string, other: string): boolean {
  return one !== other && one !== "" && other !== "";
}
