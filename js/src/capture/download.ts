/** A browser may begin to read a file some time after it was asked to save it. */
const KEPT_MS = 60_000;

/** Save `file` where the browser puts what a person downloads. */
export function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
