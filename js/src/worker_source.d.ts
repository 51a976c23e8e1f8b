/** The bundled worker as text; `build.mjs` provides it. */
declare module "worker:source" {
  const source: string;
  export default source;
}
