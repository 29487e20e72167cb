import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { promisify } from "node:util";
import type { Case, Load } from "../../bench/cases/case.ts";
import { cpuSeconds, watchOthers } from "../../bench/cpu.ts";
import { costRatio, measure, median, type Samples } from "../../bench/measure.ts";
import { targetResults } from "../../bench/report.ts";
import type { RunningSubject } from "../../bench/subjects/subject.ts";

const load: Load = { units: 10, seconds: 1, p50: 1, p99: 2 };

function running(credentials: Readonly<Record<string, string>>): RunningSubject {
  return { origin: "http://127.0.0.1:1", pid: process.pid, credentials, stop: async () => {} };
}

function costs(table: Readonly<Record<string, readonly number[]>>): Samples {
  return new Map(
    Object.entries(table).map(([name, values]) => [
      name,
      values.map((cpuMicros) => ({ ...load, cpuMicros })),
    ]),
  );
}

function caseOf(parts: Partial<Case>): Case {
  return {
    name: "test",
    description: "",
    unit: "request",
    targets: [],
    load: async () => load,
    ...parts,
  };
}

test("asks every subject once a round and leaves the first round out", async () => {
  const asked: string[] = [];
  const subjects = new Map([
    ["a", running({})],
    ["b", running({ Cookie: "s=1" })],
  ]);
  const benchCase = caseOf({
    load: async (subject, { credentials }) => {
      asked.push(`${subject === subjects.get("a") ? "a" : "b"} ${credentials["Cookie"]}`);
      return load;
    },
  });
  const { samples } = await measure(benchCase, subjects, {
    rounds: 2,
    seconds: 1,
    connections: 1,
    watchOthers: () => () => 0,
    onRound: () => {},
  });
  assert.deepEqual(asked, ["a s=1", "b s=1", "a s=1", "b s=1", "a s=1", "b s=1"]);
  assert.equal(samples.get("a")?.length, 2);
  assert.equal(samples.get("b")?.length, 2);
});

for (const { name, others, rounds, kept } of [
  { name: "repeats a round that others disturbed", others: [1, 0, 0], rounds: 3, kept: 0 },
  {
    name: "counts disturbed rounds where it never falls quiet",
    others: [1, 1, 1, 1],
    rounds: 4,
    kept: 2,
  },
]) {
  test(name, async () => {
    const left = [...others];
    let seen = 0;
    const { samples, disturbed } = await measure(caseOf({}), new Map([["a", running({})]]), {
      rounds: 2,
      seconds: 1,
      connections: 1,
      watchOthers: () => () => left.shift() ?? 1,
      onRound: () => {
        seen += 1;
      },
    });
    assert.equal(seen, rounds);
    assert.equal(disturbed, kept);
    assert.equal(samples.get("a")?.length, 2);
  });
}

test("compares by the quiet rounds, so one disturbed on either side decides nothing", () => {
  const samples = costs({ rival: [90, 10, 10, 11, 10], gate: [21, 300, 20, 20, 200] });
  assert.equal(costRatio(samples, "gate", "rival"), 2);
});

test("misses a target that is passed by a little and leaves out who did not run", () => {
  const benchCase = caseOf({
    targets: [
      { subject: "gate", rival: "rival", atMost: 2.2 },
      { subject: "gate", rival: "rival", atMost: 2 },
      { subject: "gate", rival: "absent", atMost: 1 },
    ],
  });
  const results = targetResults({ benchCase, samples: costs({ rival: [10], gate: [21] }) });
  assert.deepEqual(
    results.map(({ met }) => met),
    [true, false],
  );
});

test("takes the middle of an odd and between the middles of an even number", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

const onLinux = { skip: process.platform !== "linux" };
const run = promisify(execFile);

test("counts the CPU time of this process as it works", onLinux, () => {
  const before = cpuSeconds(process.pid);
  let sum = 0;
  while (cpuSeconds(process.pid) - before < 0.05) sum += Math.sqrt(sum + 1);
  assert.ok(cpuSeconds(process.pid) > before);
});

test("does not count the work of its own children as that of others", onLinux, async () => {
  const cores = availableParallelism();
  const spin =
    "const end = Date.now() + 400; while (Date.now() < end); console.log(JSON.stringify(process.cpuUsage()))";
  const startedAt = performance.now();
  const others = watchOthers();
  const children = Array.from({ length: cores }, () => run(process.execPath, ["-e", spin]));
  const used = (await Promise.all(children)).map(({ stdout }): { user: number; system: number } =>
    JSON.parse(stdout),
  );
  const counted = others();
  const seconds = (performance.now() - startedAt) / 1000;
  const own = used.reduce((sum, { user, system }) => sum + user + system, 0) / 1e6 / seconds;
  // However busy the machine is, its cores are shared between them and us.
  assert.ok(counted <= cores - own + 0.2, `${counted} of ${cores} cores beside our ${own}`);
});
