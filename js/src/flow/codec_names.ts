const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^image\/jpeg$/, "JPEG"],
  [/^image\/png$/, "PNG, lossless"],
  [/^image\/webp$/, "WebP"],
  [/^(webcodecs\/h264|avc[13]\b)/, "H.264"],
  [/^(webcodecs\/vp8|vp8)$/, "VP8"],
  [/^(webcodecs\/vp9|vp09\b)/, "VP9"],
  [/^(webcodecs\/av1|av01\b)/, "AV1"],
];

/** Return the common name for a codec's capability, MIME type or codec string. */
export function codecName(codec: string): string {
  return NAMES.find(([pattern]) => pattern.test(codec))?.[1] ?? codec;
}
