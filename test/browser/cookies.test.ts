/** `hasLiveSession`, for programs that can look into a cookie store. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasLiveSession } from "../../src/browser/client.ts";
import { createCookieTable } from "../../src/session/cookie-table.ts";

const { allNames } = createCookieTable("hermes_session");

for (const name of [...allNames("at"), ...allNames("rt")]) {
  test(`${name} alone is a live session`, () => {
    assert.equal(
      hasLiveSession([
        { name: "theme", value: "dark" },
        { name, value: "sealed" },
      ]),
      true,
    );
    assert.equal(hasLiveSession([{ name }]), true);
  });
}

const others = [
  ["no cookie", []],
  ["a deleted one", [{ name: "hermes_session_rt", value: "" }]],
  ["a login under way", [{ name: "__Host-hermes_session_pkce_abc", value: "x" }]],
  ["the rest of a split one", [{ name: "hermes_session_at.1", value: "x" }]],
  ["another gate's", [{ name: "other_at", value: "x" }]],
  ["one whose name only ends so", [{ name: "x__Host-hermes_session_at", value: "x" }]],
] as const;
for (const [name, cookies] of others) {
  test(`${name} is no session`, () => {
    assert.equal(hasLiveSession(cookies), false);
  });
}

test("a gate with another cookie_prefix is asked for by it", () => {
  const cookies = [{ name: "__Secure-other_rt", value: "x" }];
  assert.equal(hasLiveSession(cookies, "other"), true);
});
