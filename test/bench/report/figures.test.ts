import assert from "node:assert/strict";
import { test } from "node:test";
import type { Case, Figures, Goal } from "../../../bench/cases/case.ts";
import { cpu, p99, rate } from "../../../bench/cases/columns.ts";
import { compared, figure, goalResults } from "../../../bench/report/figures.ts";
import { caseTable } from "../../../bench/report/table.ts";

function found(
  goals: readonly Goal[],
  samples: Readonly<Record<string, readonly Figures[]>>,
  comparisons: Case["comparisons"] = [],
) {
  const benchCase: Case = {
    name: "small-get",
    description: "",
    needs: "requests",
    columns: [rate("requests"), cpu("request"), p99],
    comparisons,
    goals,
    begin: async () => async () => ({}),
  };
  return { benchCase, samples: new Map(Object.entries(samples)) };
}

const costs = (...values: number[]): Figures[] => values.map((value) => ({ cpu: value }));
const ofRival = { key: "cpu", rival: "nginx", as: "ratio" } as const;

test("compares by the quiet rounds, so one disturbed on either side decides nothing", () => {
  const samples = { nginx: costs(90, 10, 10, 11, 10), gate: costs(21, 300, 20, 20, 200) };
  assert.equal(compared(found([], samples), "gate", ofRival), 2);
});

test("a rate is the median over rounds", () => {
  const rates = [{ rate: 9 }, { rate: 1 }, { rate: 5 }];
  assert.equal(figure(found([], { gate: rates }), "gate", "rate"), 5);
});

for (const { name, goal, gate, met } of [
  { name: "a ratio below what it may be", goal: { of: ofRival, atMost: 2.2 }, gate: 21, met: true },
  { name: "a ratio a little above it", goal: { of: ofRival, atMost: 2 }, gate: 21, met: false },
  { name: "a figure of its own", goal: { of: "cpu", atMost: 21 }, gate: 21, met: true },
  { name: "a figure that is too low", goal: { of: "cpu", atLeast: 22 }, gate: 21, met: false },
  {
    name: "a difference",
    goal: { of: { key: "cpu", rival: "nginx", as: "difference" } as const, atMost: 11 },
    gate: 21,
    met: true,
  },
  { name: "a figure that nobody measured", goal: { of: "p99", atMost: 1 }, gate: 21, met: false },
]) {
  test(`a goal judges ${name}: ${met ? "met" : "missed"}`, () => {
    const samples = { nginx: costs(10), gate: costs(gate) };
    const [result] = goalResults(found([{ subject: "gate", ...goal }], samples));
    assert.equal(result?.met, met);
    assert.match(result?.sentence ?? "", met ? /: met$/ : /: MISSED$/);
  });
}

test("a goal beside one who did not run is not judged, and says so", () => {
  const goals = [{ subject: "gate", of: { ...ofRival, rival: "absent" }, atMost: 1 }];
  const [result] = goalResults(found(goals, { gate: costs(21) }));
  assert.equal(result?.met, undefined);
  assert.match(result?.sentence ?? "", /not judged, absent did not run$/);
});

test("the table has a row a subject, with its figures beside those of its rivals", () => {
  const samples = {
    nginx: [{ rate: 20_000, cpu: 10, p99: 1 }],
    gate: [{ rate: 10_000, cpu: 18, p99: 1.5 }],
  };
  const comparisons = [ofRival, { key: "p99", rival: "nginx", as: "difference" } as const];
  assert.equal(
    caseTable(found([], samples, comparisons)),
    [
      "|  | requests/s | CPU a request | p99 | CPU a request to nginx | added p99 |",
      "| --- | ---: | ---: | ---: | ---: | ---: |",
      "| nginx | 20000 | 10.0 µs | 1.00 ms | 1.00 x | +0.00 ms |",
      "| gate | 10000 | 18.0 µs | 1.50 ms | 1.80 x | +0.50 ms |",
    ].join("\n"),
  );
});
