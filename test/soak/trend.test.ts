import assert from "node:assert/strict";
import { test } from "node:test";
import { secondHalf, trendOf } from "../../soak/trend.ts";

test("a level figure has no slope", () => {
  const samples = [0, 60, 120].map((at) => ({ at, value: 5 }));
  assert.deepEqual(trendOf(samples), { mean: 5, perMinute: 0, gain: 0 });
});

test("a figure that grows steadily has its slope a minute, and its gain as a share of the mean", () => {
  const samples = [0, 30, 60, 90, 120].map((at) => ({ at, value: 90 + at / 6 }));
  const { mean, perMinute, gain } = trendOf(samples);
  assert.deepEqual(
    [mean, perMinute, gain].map((value) => value.toFixed(3)),
    ["100.000", "10.000", "0.200"],
  );
});

test("one high sample in the middle is no trend", () => {
  const samples = [1, 1, 9, 1, 1].map((value, index) => ({ at: index, value }));
  assert.ok(Math.abs(trendOf(samples).perMinute) < 1e-9);
});

test("samples of one moment have no trend", () => {
  assert.throws(() => trendOf([{ at: 1, value: 1 }]), /two moments/);
  assert.throws(() => trendOf([]), /two moments/);
});

test("the second half begins in the middle and ends with the run", () => {
  const samples = [0, 4, 5, 9, 10, 11].map((at) => ({ at, value: at }));
  assert.deepEqual(
    secondHalf(samples, 10).map(({ at }) => at),
    [5, 9, 10],
  );
});
