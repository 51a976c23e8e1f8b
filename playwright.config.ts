import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests/browser",
  outputDir: "test-results",
  // Most of a test is waiting for marimo's page and kernel; no test measures time.
  workers: 2,
  // A test that passes the second time is a bug that was not looked at.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  timeout: 60_000,
  // Only how long a failure takes; a machine that is busy elsewhere is slow, not wrong.
  expect: { timeout: 10_000 },
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
      ],
    },
    screenshot: "only-on-failure",
    // Without its film strip, which costs the frames we count.
    trace: { mode: "retain-on-failure", screenshots: false },
  },
});
