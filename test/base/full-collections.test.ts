import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { it } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Shrinks its heap as a quiet minute does, and then prints how many bytes outlive the young generation before a full collection. */
const program = `
  import { constants, PerformanceObserver } from "node:perf_hooks";
  import { collectFullyWhenGrown } from ${JSON.stringify(new URL("../../src/base/full-collections.ts", import.meta.url))};

  if (process.argv.includes("grown")) collectFullyWhenGrown(0);
  let full = 0;
  const { NODE_PERFORMANCE_GC_MAJOR, NODE_PERFORMANCE_GC_INCREMENTAL } = constants;
  const counted = [NODE_PERFORMANCE_GC_MAJOR, NODE_PERFORMANCE_GC_INCREMENTAL];
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (counted.includes(detail.kind)) full += 1;
  });
  observer.observe({ entryTypes: ["gc"] });
  const heap = Array.from({ length: 200_000 }, (_, at) => ({ at, list: [at] }));
  gc({ type: "major", execution: "sync", flavor: "last-resort" });
  await new Promise((resolve) => setTimeout(resolve, 50));

  const before = full;
  const kept = [];
  for (let made = 0; full === before && kept.length < 20_000; ) {
    for (let turn = 0; turn < 200; turn += 1) {
      const made8Bytes600Times = new Array(600).fill(turn);
      made += 1;
      if (made % 200 === 0) kept.push(made8Bytes600Times);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  console.log(heap.length > 0 ? kept.length * 600 * 8 : 0);
`;

it("a shrunken heap takes twice as much before it is collected as a whole", async () => {
  const [byItself, grown] = await Promise.all([outlived(), outlived("grown")]);
  assert.ok(byItself > 0);
  assert.ok(grown > 1.8 * byItself, `${grown} bytes outlived, and by itself ${byItself}`);
});

async function outlived(...args: readonly string[]): Promise<number> {
  const flags = ["--expose-gc", "--input-type=module", "--eval", program, "--", ...args];
  const { stdout } = await run(process.execPath, flags);
  return Number(stdout);
}
