/** The demo as a newcomer runs it: one command that starts everything, and leaves nothing behind. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../demo/main.ts", import.meta.url));

interface Demo {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves when the output holds the text. */
  said(text: string): Promise<void>;
  /** The exit code, once all output was read. */
  readonly over: Promise<number | null>;
}

function run(t: TestContext, args: readonly string[] = []): Demo {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGTERM"));
  let output = "";
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const look of waiting) look();
    });
  }
  const over = once(child, "close").then(([code]) => {
    for (const look of waiting) look();
    return code as number | null;
  });
  return {
    child,
    over,
    output: () => output,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (output.includes(text)) resolve();
          else if (child.exitCode !== null) reject(new Error(`it ended with: ${output}`));
        };
        waiting.add(look);
        look();
      }),
  };
}

/** The processes that the process started and that still run. Linux alone. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

test("--check makes the whole visit and ends with exit code 0", async (t) => {
  const demo = run(t, ["--check"]);
  assert.equal(await demo.over, 0, demo.output());
  assert.equal(demo.output().match(/^ok {4}/gm)?.length, 9);
  assert.doesNotMatch(demo.output(), /FAIL/);
});

test("says where to go, and stops all it started at the first SIGINT", async (t) => {
  const demo = run(t);
  await demo.said("Ctrl-C stops all three.");
  const url = /Open +(\S+)/.exec(demo.output())?.[1] ?? "";
  assert.equal((await fetch(`${url}/api/auth/status`)).status, 200);
  demo.child.kill("SIGINT");
  assert.equal(await demo.over, 0, demo.output());
  await assert.rejects(fetch(url));
});

test("says so and ends with exit code 1 when the gate dies", async (t) => {
  if (process.platform !== "linux") {
    t.skip("the gate's process is found through /proc");
    return;
  }
  const demo = run(t);
  await demo.said("Ctrl-C stops all three.");
  const [gate] = childrenOf(demo.child.pid ?? 0);
  assert.ok(gate !== undefined);
  process.kill(gate, "SIGKILL");
  assert.equal(await demo.over, 1);
  assert.match(demo.output(), /error: the gate ended with SIGKILL/);
});

test("refuses an argument that it does not know", async (t) => {
  const demo = run(t, ["--chekc"]);
  assert.equal(await demo.over, 64);
  assert.match(demo.output(), /error: unknown argument --chekc/);
});
