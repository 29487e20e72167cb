import assert from "node:assert/strict";
import { test } from "node:test";
import { createChance } from "../../soak/chance.ts";

const draws = (seed: number) => {
  const chance = createChance(seed);
  return Array.from({ length: 1000 }, () => chance.between(0, 1));
};

test("one seed gives the same chances again, another gives others", () => {
  assert.deepEqual(draws(7), draws(7));
  assert.notDeepEqual(draws(7), draws(8));
});

test("chances stay in their bounds and lean to neither side", () => {
  const drawn = draws(1);
  assert.ok(drawn.every((value) => value >= 0 && value < 1));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  assert.ok(mean > 0.45 && mean < 0.55, `the mean is ${mean}`);
});

test("a choice comes as often as its weight says", () => {
  const chance = createChance(3);
  const choices = [
    { name: "rare", weight: 1 },
    { name: "never", weight: 0 },
    { name: "often", weight: 9 },
  ];
  const counts = new Map<string, number>();
  for (let round = 0; round < 2000; round += 1) {
    const name = chance.pick(choices)?.name ?? "";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  assert.equal(counts.get("never"), undefined);
  const share = (counts.get("rare") ?? 0) / 2000;
  assert.ok(share > 0.07 && share < 0.13, `the rare one came in ${share}`);
});
