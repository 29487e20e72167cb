import assert from "node:assert/strict";
import { test } from "node:test";
import { logRefusedCookies } from "../../src/proxy/refused-cookies.ts";
import { exchange } from "../support/exchange.ts";
import { logInto } from "../support/session-parts.ts";

test("warns once of all cookies of the gate that the upstream tried to set, by name", () => {
  const lines: string[] = [];
  logRefusedCookies(logInto(lines), exchange(), []);
  assert.deepEqual(lines, []);
  logRefusedCookies(logInto(lines), exchange(), ["a", "b"]);
  const message =
    "the upstream tried to set a cookie of the gate's, which was dropped: set session.cookie_prefix to another name";
  assert.deepEqual(lines, [`warn ${message} {"requestId":"test-request","cookies":["a","b"]}`]);
});
