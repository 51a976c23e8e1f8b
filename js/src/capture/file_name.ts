const MAX_STREAM_CHARACTERS = 80;
const MAX_NAME_CHARACTERS = 120;
const MAX_EXTENSION_CHARACTERS = 12;

/** Make a file name from a stream's name and the local time that is valid on every file system. */
export function fileName(stream: string, when: Date, extension: string): string {
  const safe = withoutReserved(stream);
  const start = [...safe].slice(0, MAX_STREAM_CHARACTERS).join("") || "picture";
  const date = [when.getFullYear(), when.getMonth() + 1, when.getDate()];
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()];
  return `${start}-${[...date, ...time].map((part) => String(part).padStart(2, "0")).join("-")}.${extension}`;
}

/** Make a name that is safe to save under from one that the server suggests: without folders, and not too long. */
export function safeFileName(suggested: string): string {
  const name = withoutReserved(suggested.split(/[\\/]/).at(-1) ?? "").trim() || "file";
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && name.length - dot <= MAX_EXTENSION_CHARACTERS ? name.slice(dot) : "";
  const start = [...name.slice(0, name.length - extension.length)];
  return start.slice(0, MAX_NAME_CHARACTERS - extension.length).join("") + extension;
}

/** Replace what some file systems reserve, control characters and those that change the direction of the text. */
function withoutReserved(name: string): string {
  return name.replace(/[\\/:*?"<>|]|\p{C}/gu, "_").replace(/^[.\s]+/, "");
}
