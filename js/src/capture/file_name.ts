const MAX_STREAM_CHARACTERS = 80;

/** Make a file name from a stream's name and the local time that is valid on every file system. */
export function fileName(stream: string, when: Date, extension: string): string {
  const safe = stream.replace(/[\\/:*?"<>|]|\p{C}/gu, "_").replace(/^[.\s]+/, "");
  const start = [...safe].slice(0, MAX_STREAM_CHARACTERS).join("") || "picture";
  const date = [when.getFullYear(), when.getMonth() + 1, when.getDate()];
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()];
  return `${start}-${[...date, ...time].map((part) => String(part).padStart(2, "0")).join("-")}.${extension}`;
}
