import assert from "node:assert/strict";
import { test } from "node:test";
import { headerOf } from "../../src/http/exchange.ts";
import { exchange } from "../support/exchange.ts";

test("reads a header as one string, however often it came", () => {
  const seen = exchange({ headers: { one: "a", two: ["a", "b"], empty: "" } });
  assert.equal(headerOf(seen, "one"), "a");
  assert.equal(headerOf(seen, "two"), "a, b");
  assert.equal(headerOf(seen, "empty"), "");
  assert.equal(headerOf(seen, "none"), undefined);
});
