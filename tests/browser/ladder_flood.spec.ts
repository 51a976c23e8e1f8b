import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expectWay, viewersOf } from "./support/ladder.ts";
import { expectLive } from "./support/screen.ts";
import { expect, test } from "./support/test.ts";

const STOPPED_MS = 15_000;
// Shorter than that, so that the kernel has let the page go by the time it says something again.
const HEARD_WITHIN_S = 5;
const MOST_GROWTH_KIB = 50 * 1024;

test.use({
  environment: {
    MARIMO_SERVER_ASGI_MIDDLEWARE_DENYLIST: "marimo-rfb",
    RFB_HEARD_WITHIN_S: String(HEARD_WITHIN_S),
  },
});

/** The processes of the browser that this process started. */
function browserPids(): number[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" }).trim().split("\n");
  const processes = lines.map((line) => {
    const [pid = "", parent = "", ...name] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), name: name.join(" ") };
  });
  const ours = new Set([process.pid]);
  // Children may be listed before their parents.
  for (let before = 0; before !== ours.size;) {
    before = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
  }
  return processes.filter(({ pid, name }) => ours.has(pid) && /chrom/i.test(name)).map(({ pid }) => pid);
}

function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

test("a browser that was stopped until it is let go makes marimo's server no larger, and then goes on", async ({
  page,
  open,
}) => {
  const notebook = await open("ways.py", { query: { shut: "1", noise: "1", size: "640x360", fps: "60" } });
  await expectLive(page);
  await expectWay(page, notebook, "comm");
  const shown = (): number => notebook.trait<Record<string, number>>("stats")?.["framesDisplayed"] ?? 0;
  // In the course of which everything that is made once has been made.
  await expect.poll(shown).toBeGreaterThan(60);
  const [pid = 0] = notebook.facts<number>("pid");
  const before = residentKib(pid);
  const stopped = browserPids();
  expect(stopped.length).toBeGreaterThan(2);
  let most = before;
  try {
    for (const each of stopped) process.kill(each, "SIGSTOP");
    const end = Date.now() + STOPPED_MS;
    while (Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      most = Math.max(most, residentKib(pid));
    }
    expect(viewersOf(notebook)).toEqual([]);
  } finally {
    for (const each of stopped) process.kill(each, "SIGCONT");
  }
  test.info().annotations.push({ type: "memory", description: `from ${before} to at most ${most} KiB` });
  expect(most - before).toBeLessThan(MOST_GROWTH_KIB);
  const then = shown();
  await expect.poll(shown).toBeGreaterThan(then + 20);
  await expectLive(page);
});
