import assert from "node:assert/strict";
import { test } from "node:test";
import type { Readiness } from "../../src/server/readiness.ts";
import { lastCalls, type Report, wholeReadiness } from "../../src/workers/report.ts";

const well: Readiness = {
  ...{ ready: true, draining: false, session_key: "file", store: "ok", upstream: "ok", idp: {} },
};
const facts = { draining: false, sessionKey: "file", wanted: 2 } as const;
const of = (readiness: Readiness, idp: Report["idp"] = []): Report => ({ idp, readiness });

test("is ready while workers serve and all of those are ready", () => {
  assert.deepEqual(wholeReadiness([of(well), of(well)], facts), {
    ...well,
    workers: { wanted: 2, serving: 2 },
  });
  assert.equal(wholeReadiness([of(well)], facts).ready, true, "one is being replaced");
  const away: Readiness = { ...well, ready: false, store: "unavailable" };
  const found = wholeReadiness([of(well), of(away)], facts);
  assert.deepEqual([found.ready, found.store], [false, "unavailable"]);
});

test("is not ready while the gate drains, or without a worker", () => {
  assert.equal(wholeReadiness([of(well)], { ...facts, draining: true }).ready, false);
  const none = wholeReadiness([], facts);
  assert.deepEqual([none.ready, none.workers.serving], [false, 0]);
});

test("shows an upstream that any worker finds away, which does not count", () => {
  const found = wholeReadiness([of(well), of({ ...well, upstream: "upstream_timeout: x" })], facts);
  assert.deepEqual([found.ready, found.upstream], [true, "upstream_timeout: x"]);
});

test("of calls to a provider the last one counts, whichever worker made it", () => {
  const early = of(well, [["idp", { up: true, at: 1 }]]);
  const late = of(well, [["idp", { up: false, at: 2 }]]);
  for (const reports of [
    [early, late],
    [late, early],
  ]) {
    assert.deepEqual(lastCalls(reports).get("idp"), { up: false, at: 2 });
    assert.deepEqual(wholeReadiness(reports, facts).idp, { idp: "failing" });
  }
});
