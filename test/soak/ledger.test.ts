import assert from "node:assert/strict";
import { test } from "node:test";
import { createLedger, type Seen } from "../../soak/ledger.ts";
import { createOutages } from "../../soak/outages.ts";

/** A ledger on a clock that stands where it is put. */
function ledgerAt() {
  const clock = { now: 1000 };
  const now = () => clock.now;
  const outages = createOutages(now, 100);
  const ledger = createLedger(outages, now);
  const act = { name: "GET", by: "visitor-1", expected: ["200"], from: 1000 };
  return { clock, outages, ledger, act };
}

const cases: readonly {
  readonly name: string;
  readonly seen: Seen;
  readonly away?: "upstream" | "provider";
  readonly left?: boolean;
  readonly verdict: string;
}[] = [
  { name: "the expected status", seen: { status: "200" }, verdict: "expected" },
  { name: "a status that nobody expected", seen: { status: "500" }, verdict: "violation" },
  {
    name: "the expected status with another's data",
    seen: { status: "200", wrong: "another's data" },
    verdict: "violation",
  },
  { name: "502 while all is up", seen: { status: "502" }, verdict: "violation" },
  {
    name: "502 while the dashboard is away",
    seen: { status: "502" },
    away: "upstream",
    verdict: "dashboard away",
  },
  {
    name: "502 while only the provider is away",
    seen: { status: "502" },
    away: "provider",
    verdict: "violation",
  },
  {
    name: "503 while the provider is away",
    seen: { status: "503" },
    away: "provider",
    verdict: "provider away",
  },
  {
    name: "503 that took the cookies along",
    seen: { status: "503", wrong: "the cookies are gone" },
    away: "provider",
    verdict: "violation",
  },
  {
    name: "401 while the provider is away",
    seen: { status: "401" },
    away: "provider",
    verdict: "violation",
  },
  {
    name: "401 of an act that a sign-out overtook",
    seen: { status: "401" },
    left: true,
    verdict: "signed out",
  },
  {
    name: "500 of an act that a sign-out overtook",
    seen: { status: "500" },
    left: true,
    verdict: "violation",
  },
];

for (const { name, seen, away, left = false, verdict } of cases) {
  test(`${name} is judged: ${verdict}`, () => {
    const { outages, ledger, act } = ledgerAt();
    if (away !== undefined) outages.begin(away);
    assert.equal(ledger.note({ ...act, left }, seen), verdict);
    assert.equal(ledger.violations, verdict === "violation" ? 1 : 0);
  });
}

test("what began after an outage had ended is no longer excused by it", () => {
  const { clock, outages, ledger, act } = ledgerAt();
  outages.begin("upstream");
  clock.now = 2000;
  outages.end("upstream");
  assert.equal(ledger.note({ ...act, from: 2099 }, { status: "502" }), "dashboard away");
  assert.equal(ledger.note({ ...act, from: 2101 }, { status: "502" }), "violation");
});

test("answers are counted by act, status and verdict, with the longest", () => {
  const { clock, ledger, act } = ledgerAt();
  ledger.note(act, { status: "200" });
  clock.now = 1700;
  ledger.note(act, { status: "200" });
  ledger.note({ ...act, name: "a page" }, { status: "404", detail: "not there" });
  assert.deepEqual(ledger.rows(), [
    { act: "a page", status: "404", verdict: "violation", count: 1, longest: 700 },
    { act: "GET", status: "200", verdict: "expected", count: 2, longest: 700 },
  ]);
  assert.equal(ledger.total, 3);
  assert.deepEqual(ledger.told, ["0.0 to 0.7 s, visitor-1, a page: 404, not there"]);
});
