import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { promisify } from "node:util";
import { cpuSeconds, watchOthers } from "../../bench/cpu.ts";
import { processTree, residentMegabytes } from "../../bench/process-tree.ts";

const onLinux = { skip: process.platform !== "linux" };
const run = promisify(execFile);
const spin =
  "const end = Date.now() + 400; while (Date.now() < end); console.log(JSON.stringify(process.cpuUsage()))";

function used({ stdout }: { readonly stdout: string }): number {
  const { user, system } = JSON.parse(stdout) as { user: number; system: number };
  return (user + system) / 1e6;
}

test("counts the CPU time of this process as it works", onLinux, () => {
  const before = cpuSeconds(process.pid);
  let sum = 0;
  while (cpuSeconds(process.pid) - before < 0.05) sum += Math.sqrt(sum + 1);
  assert.ok(cpuSeconds(process.pid) > before);
});

test("counts the CPU time of children that have ended", onLinux, async () => {
  const before = cpuSeconds(process.pid);
  const own = used(await run(process.execPath, ["-e", spin]));
  const counted = cpuSeconds(process.pid) - before;
  assert.ok(counted > own - 0.03, `${counted} s, of which the child alone used ${own}`);
});

test("does not count the work of its own children as that of others", onLinux, async () => {
  const cores = availableParallelism();
  const startedAt = performance.now();
  const others = watchOthers();
  const children = Array.from({ length: cores }, () => run(process.execPath, ["-e", spin]));
  const seconds = (await Promise.all(children)).reduce((sum, child) => sum + used(child), 0);
  const counted = others();
  const own = seconds / ((performance.now() - startedAt) / 1000);
  // However busy the machine is, its cores are shared between them and us.
  assert.ok(counted <= cores - own + 0.2, `${counted} of ${cores} cores beside our ${own}`);
});

test("counts the memory of a whole tree, its children's children included", onLinux, async (t) => {
  const hold =
    "const held = Buffer.alloc(60e6, 1); console.log('held'); setInterval(() => held, 1e3)";
  const parent = `
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ["-e", ${JSON.stringify(hold)}], { stdio: "inherit" });
    process.on("SIGTERM", () => { child.kill(); process.exit(); });`;
  const child = spawn(process.execPath, ["-e", parent], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGTERM"));
  await once(child.stdout, "data");
  const { pid } = child;
  assert.ok(pid !== undefined);
  assert.deepEqual(
    processTree(pid).map(({ parent: of }) => of === process.pid),
    [true, false],
  );
  const megabytes = residentMegabytes(pid);
  assert.ok(megabytes > 60 && megabytes < 1000, `${megabytes} MB`);
});
