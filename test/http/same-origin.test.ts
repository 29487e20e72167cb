import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestHeaders } from "../../src/http/exchange.ts";
import { isSameOrigin } from "../../src/http/same-origin.ts";
import { exchange } from "../support/exchange.ts";

const cases: readonly [name: string, headers: RequestHeaders, ours: boolean][] = [
  ["passes a program that sends neither header", {}, true],
  ["passes our own page's fetch", { "sec-fetch-site": "same-origin" }, true],
  ["passes our own page's form", { origin: "https://gate.example" }, true],
  [
    "passes our page where only the scheme is seen wrongly",
    { "sec-fetch-site": "same-origin", origin: "http://gate.example" },
    true,
  ],
  ["refuses a foreign page", { "sec-fetch-site": "cross-site" }, false],
  ["refuses a page on a sibling host", { "sec-fetch-site": "same-site" }, false],
  ["refuses what no page has started", { "sec-fetch-site": "none" }, false],
  ["refuses a foreign origin", { origin: "https://evil.example" }, false],
  ["refuses an origin of another scheme", { origin: "http://gate.example" }, false],
  ["refuses an origin of another port", { origin: "https://gate.example:8443" }, false],
  ["refuses the null origin", { origin: "null" }, false],
  ["refuses an empty origin", { origin: "" }, false],
  ["refuses two origins", { origin: "https://gate.example, https://evil.example" }, false],
  ["refuses a repeated site", { "sec-fetch-site": "same-origin, same-origin" }, false],
  [
    "refuses a foreign page that has our origin's name",
    { "sec-fetch-site": "cross-site", origin: "https://gate.example" },
    false,
  ],
];

for (const [name, headers, ours] of cases) {
  test(`S41: ${name}`, () => {
    assert.equal(isSameOrigin(exchange({ method: "POST", headers })), ours);
  });
}

test("S41: a prefix is no part of the origin", () => {
  const headers = { origin: "https://gate.example" };
  assert.equal(isSameOrigin(exchange({ method: "POST", prefix: "/hermes", headers })), true);
});
