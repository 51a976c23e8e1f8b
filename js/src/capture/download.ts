/** How long to keep the object URL: a browser may start to read the file late. */
const KEPT_MS = 60_000;

/** Save `file` as a download. */
export function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
