import assert from "node:assert/strict";
import { test } from "node:test";
import { smallGet } from "../../../bench/cases/get.ts";
import { page, type RunFacts } from "../../../bench/report/page.ts";

const facts: RunFacts = {
  subjects: [{ name: "nginx", setup: "as it is", version: "nginx/1" }],
  absent: [{ name: "oauth2-proxy", why: "it could not be built" }],
  seconds: 3,
  connections: 32,
  gaps: { share: 0.0132, longest: 8.41 },
  wrk: "wrk 4",
  date: "2026-01-02",
};

test("the page tells goals, figures, who ran, who did not and why, and how noisy it was", () => {
  const samples = new Map([
    ["nginx", [{ rate: 1, cpu: 10 }]],
    ["hermes-gate", [{ rate: 1, cpu: 17 }]],
  ]);
  const text = page(facts, [{ benchCase: smallGet, samples, rounds: 9, disturbed: 2 }]);
  for (const part of [
    "- small-get: CPU a request of hermes-gate to nginx's: 1.70 x, at most 1.8: met",
    "Other programs disturbed rounds of small-get in this run",
    "- **oauth2-proxy** did not take part: it could not be built",
    "## small-get",
    "| nginx | nginx/1 | as it is |",
    "Rounds that count: 9; other programs disturbed 2 of them.",
    "was without its core for\n1.3 % of them, 8.4 ms at most",
    "Measured 2026-01-02 on ",
  ]) {
    assert.ok(text.includes(part), part);
  }
});
