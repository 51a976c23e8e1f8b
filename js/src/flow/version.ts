/** Defined by the bundler. */
declare const RFB_VERSION: string | undefined;

/** The version of marimo-rfb that this script was bundled for; empty if it was not bundled. */
export const VERSION: string = typeof RFB_VERSION === "string" ? RFB_VERSION : "";
