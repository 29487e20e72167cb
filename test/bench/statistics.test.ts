import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lowerQuartile, median, percentile } from "../../bench/statistics.ts";

test("takes the middle of an odd and between the middles of an even number", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

test("takes the second best of seven rounds as their cost", () => {
  assert.equal(lowerQuartile([7, 6, 5, 4, 3, 2, 1]), 2);
  assert.equal(lowerQuartile([7]), 7);
});

for (const { share, of, is } of [
  { share: 0.5, of: [1, 2, 3, 4], is: 2 },
  { share: 0.99, of: Array.from({ length: 100 }, (_, at) => 100 - at), is: 99 },
  { share: 0.99, of: [5, 1], is: 5 },
  { share: 0, of: [5, 1], is: 1 },
  { share: 1, of: [1, 5], is: 5 },
]) {
  test(`the ${share} percentile of ${of.length} values starting with ${of[0]} is ${is}`, () => {
    assert.equal(percentile(of, share), is);
  });
}

test("a percentile is a value that was there, and that share of all do not exceed it", () => {
  const values = fc.array(fc.double({ noNaN: true }), { minLength: 1 });
  const shares = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(values, shares, (all, share) => {
      const found = percentile(all, share);
      assert.ok(all.includes(found));
      assert.ok(all.filter((value) => value <= found).length >= share * all.length - 1e-9);
    }),
  );
});

test("of nothing there is no figure", () => {
  assert.ok(Number.isNaN(median([])));
  assert.ok(Number.isNaN(lowerQuartile([])));
  assert.ok(Number.isNaN(percentile([], 0.5)));
});
