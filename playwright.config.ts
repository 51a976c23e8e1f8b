import { defineConfig } from "@playwright/test";

// The pages of an address bar that nobody sees, in each window anew, took a sixth of all the time. Chromium heeds the last
// such list only, so what Playwright switches off is in it too.
const UNUSED_FEATURES = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "LensOverlay",
  "MediaRouter",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "AimEnabled",
  "PreconnectToSearch",
  // A process for a page that may come, which is not there for long.
  "SpareRendererForSitePerProcess",
];

export default defineConfig({
  testDir: "tests/browser",
  outputDir: "test-results",
  projects: [
    { name: "pages", testIgnore: "scenes/**" },
    // Of large packages, for `make test-extras` only.
    { name: "scenes", testMatch: "scenes/**/*.spec.ts" },
  ],
  // Most of a test is the loading of marimo's page, which keeps a processor busy; no test measures time.
  workers: 2,
  // A test that passes the second time is a bug that was not looked at.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"], ["./tests/browser/support/last_word.ts"]],
  // Only how long a failure takes; a machine that is busy elsewhere is slow, not wrong.
  timeout: 240_000,
  expect: { timeout: 60_000, toPass: { timeout: 60_000 } },
  // When everything is wrong nobody waits for all of it.
  maxFailures: 20,
  use: {
    browserName: "chromium",
    headless: true,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox", // root, as in containers, has none
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        `--disable-features=${UNUSED_FEATURES.join()}`,
        // Names of other machines, to a page; all of them are this one.
        "--host-resolver-rules=MAP *.test 127.0.0.1",
      ],
    },
    screenshot: "only-on-failure",
    // Without its film strip, which costs the frames we count, and without copies of the page, a tenth of all the time.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false },
  },
});
