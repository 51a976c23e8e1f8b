const MAX_STREAM_CHARACTERS = 80;

/** A name for a file made of a stream at a time, with the local date; every file system takes it. */
export function fileName(stream: string, when: Date, extension: string): string {
  const safe = stream.replace(/[\\/:*?"<>|]|\p{C}/gu, "_").replace(/^[.\s]+/, "");
  const start = [...safe].slice(0, MAX_STREAM_CHARACTERS).join("") || "picture";
  const date = [when.getFullYear(), when.getMonth() + 1, when.getDate()];
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()];
  return `${start}-${[...date, ...time].map((part) => String(part).padStart(2, "0")).join("-")}.${extension}`;
}
