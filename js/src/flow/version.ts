/** Set when the page's part is bundled. */
declare const RFB_VERSION: string | undefined;

/** The version of marimo-rfb that this script was bundled for; empty where it was not bundled. */
export const VERSION: string = typeof RFB_VERSION === "string" ? RFB_VERSION : "";
