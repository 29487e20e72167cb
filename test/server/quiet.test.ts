import assert from "node:assert/strict";
import { test } from "node:test";
import { nobodyWaits } from "../../src/server/quiet.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("S100: waits while each turn takes a connection, and no longer", async () => {
  let accepted = 0;
  let left = 200;
  let resolved = false;
  const waiting = nobodyWaits(() => accepted, 60_000).then(() => {
    resolved = true;
  });
  for (; left > 0; left -= 1) {
    assert.equal(resolved, false, `${left} are still to come`);
    accepted += 1;
    await turn();
  }
  await waiting;
});

test("S100: waits no longer than its limit, however many come", async () => {
  const started = performance.now();
  let accepted = 0;
  await nobodyWaits(() => ++accepted, 50);
  const took = performance.now() - started;
  assert.ok(took >= 50 && took < 1000, `${took} ms`);
  await nobodyWaits(() => ++accepted, 0);
});

test("S100: waits while the turns are busy with other things", async () => {
  let resolved = false;
  const waiting = nobodyWaits(() => 0, 60_000).then(() => {
    resolved = true;
  });
  for (let left = 20; left > 0; left -= 1) {
    const until = performance.now() + 5;
    while (performance.now() < until);
    await turn();
    assert.equal(resolved, false, `${left} are still to come`);
  }
  await waiting;
});
