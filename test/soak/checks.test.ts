import assert from "node:assert/strict";
import { test } from "node:test";
import { bounds, checksOf, type Found } from "../../soak/checks.ts";

const level = { mean: 100, perMinute: 0, gain: 0 };
const good: Found = {
  answers: 1000,
  violations: 0,
  lostSessions: 0,
  refreshes: 50,
  memory: { resident: level, heap: level, idleResident: 100, idleHeap: 100 },
  sockets: { before: 4, after: 4 },
};

const missed = (found: Found) => checksOf(found).filter(({ met }) => !met);

test("a run in which all went well misses nothing", () => {
  assert.deepEqual(missed(good), []);
});

const failures: readonly { readonly name: string; readonly found: Partial<Found> }[] = [
  { name: "one answer that nobody expected", found: { violations: 1 } },
  { name: "no answer at all", found: { answers: 0 } },
  { name: "one lost session", found: { lostSessions: 1 } },
  { name: "no refresh at all", found: { refreshes: 0 } },
  { name: "one socket too many", found: { sockets: { before: 4, after: 5 } } },
  {
    name: "resident memory that grows",
    found: { memory: { ...good.memory, resident: { ...level, gain: bounds.resident + 0.001 } } },
  },
  {
    name: "a heap that grows",
    found: { memory: { ...good.memory, heap: { ...level, gain: bounds.heap + 0.001 } } },
  },
];

for (const { name, found } of failures) {
  test(`${name} fails the run`, () => {
    assert.equal(missed({ ...good, ...found }).length, 1);
  });
}
