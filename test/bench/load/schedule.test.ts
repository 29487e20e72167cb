import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSchedule, type Schedule } from "../../../bench/load/schedule.ts";

const options = { startsAt: 100, rate: 500 };

describe("a constant rate", () => {
  it("has requests due at equal distances from the start on", () => {
    const schedule = createSchedule(options);
    assert.deepEqual([0, 1, 2].map(schedule.dueAt), [100, 102, 104]);
  });

  it("keeps to them however late the answers are, as long as the process runs", () => {
    const schedule = createSchedule(options);
    lookUntil(schedule, 100, 150);
    assert.equal(schedule.heldUp(), 0);
    assert.equal(schedule.dueAt(10), 120);
  });

  it("puts off what falls due while the process is held up, and all after it", () => {
    const schedule = createSchedule(options);
    lookUntil(schedule, 100, 110);
    schedule.look(117);
    assert.equal(schedule.heldUp(), 7);
    assert.equal(schedule.dueAt(10), 127);
    lookUntil(schedule, 117, 120);
    schedule.look(123);
    assert.equal(schedule.heldUp(), 10);
  });

  it("takes a look up to a millisecond late for one of its own process", () => {
    const schedule = createSchedule(options);
    schedule.look(101);
    assert.equal(schedule.heldUp(), 0);
    schedule.look(102.125);
    assert.equal(schedule.heldUp(), 1.125);
  });
});

function lookUntil(schedule: Schedule, from: number, until: number): void {
  for (let now = from; now <= until; now += 0.25) schedule.look(now);
}
