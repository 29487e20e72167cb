import assert from "node:assert/strict";
import { test } from "node:test";
import { createOutages, planOutages } from "../../soak/outages.ts";

for (const seconds of [30, 120, 600, 3600]) {
  test(`in a run of ${seconds} s each part restarts three times, never both at once, and all are back at the end`, () => {
    const plan = planOutages(seconds);
    for (const part of ["upstream", "provider"]) {
      assert.equal(plan.filter((outage) => outage.part === part).length, 3);
    }
    plan.forEach(({ at, lasts }, index) => {
      assert.ok(at + lasts < (plan[index + 1]?.at ?? seconds));
    });
  });
}

test("in a whole run the provider is away for longer than an access token of 5 s lives", () => {
  const lasts = planOutages(600).flatMap(({ part, lasts }) => (part === "provider" ? [lasts] : []));
  assert.ok(Math.min(...lasts) > 5);
});

test("a part that was away without notice counts as away until that moment", () => {
  let now = 500;
  const outages = createOutages(() => now, 0);
  assert.equal(outages.awaySince("upstream", 400), false);
  outages.wasAway("upstream");
  now = 600;
  assert.equal(outages.away("upstream"), false);
  assert.equal(outages.awaySince("upstream", 400), true);
  assert.equal(outages.awaySince("upstream", 501), false);
});
