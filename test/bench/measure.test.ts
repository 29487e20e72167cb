import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ask, Case } from "../../bench/cases/case.ts";
import { type MeasureOptions, measure } from "../../bench/measure.ts";
import type { BenchEnvironment, RunningSubject } from "../../bench/subjects/subject.ts";

const environment: BenchEnvironment = {
  upstream: "http://127.0.0.1:1",
  upstreamProgram: program(),
  directory: "/nowhere",
  idp: undefined as never,
  maxConnections: 1,
};

function program() {
  return { pid: process.pid, start: async () => {}, stop: async () => {} };
}

function running(credentials: Readonly<Record<string, string>>): RunningSubject {
  return { origin: "http://127.0.0.1:1", program: program(), credentials };
}

function caseOf(ask: Ask, parts: Partial<Case> = {}): Case {
  return {
    name: "test",
    description: "",
    needs: "requests",
    columns: [],
    comparisons: [],
    goals: [],
    begin: async () => ask,
    ...parts,
  };
}

function options(parts: Partial<MeasureOptions>): MeasureOptions {
  return {
    environment,
    subjects: new Map([["a", running({})]]),
    rounds: 2,
    seconds: 3,
    connections: 1,
    watchOthers: () => () => 0,
    onRound: () => {},
    ...parts,
  };
}

test("asks every subject once a round and leaves the first, short round out", async () => {
  const asked: string[] = [];
  const subjects = new Map([
    ["a", running({})],
    ["b", running({ Cookie: "s=1" })],
  ]);
  const benchCase = caseOf(async () => ({}), {
    begin:
      async ({ credentials }) =>
      async (subject, seconds) => {
        const name = subject === subjects.get("a") ? "a" : "b";
        asked.push(`${name} ${credentials(subject)["Cookie"]} ${seconds}`);
        return { cpu: asked.length };
      },
  });
  const { samples } = await measure(benchCase, options({ subjects }));
  const round = ["a s=1 3", "b s=1 3"];
  assert.deepEqual(asked, ["a s=1 2", "b s=1 2", ...round, ...round]);
  assert.deepEqual(samples.get("a"), [{ cpu: 3 }, { cpu: 5 }]);
  assert.deepEqual(samples.get("b"), [{ cpu: 4 }, { cpu: 6 }]);
});

test("a cold case has no round that warms up, and no more rounds than it needs", async () => {
  let asked = 0;
  const ask: Ask = async () => {
    asked += 1;
    return {};
  };
  const benchCase = caseOf(ask, { cold: true, maxRounds: 3 });
  assert.equal((await measure(benchCase, options({ rounds: 9 }))).rounds, 3);
  assert.equal(asked, 3);
});

test("a case that needs more rounds than the run has gets them", async () => {
  const benchCase = caseOf(async () => ({}), { cold: true, leastRounds: 5 });
  assert.equal((await measure(benchCase, options({ rounds: 2 }))).rounds, 5);
  assert.equal((await measure(benchCase, options({ rounds: 7 }))).rounds, 7);
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
    const { samples, disturbed } = await measure(
      caseOf(async () => ({ cpu: 1 })),
      options({
        watchOthers: () => () => left.shift() ?? 1,
        onRound: () => {
          seen += 1;
        },
      }),
    );
    assert.equal(seen, rounds);
    assert.equal(disturbed, kept);
    assert.equal(samples.get("a")?.length, 2);
  });
}

test("says which subject it was that failed", async () => {
  const failing = caseOf(async () => Promise.reject(new Error("a fast 401 is no result")));
  await assert.rejects(measure(failing, options({})), /^Error: a failed$/);
});
