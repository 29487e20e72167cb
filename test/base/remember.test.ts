import assert from "node:assert/strict";
import { test } from "node:test";
import { remember } from "../../src/base/remember.ts";

/** A function that remembers two answers, and the keys that it made one for. */
function counted() {
  const made: string[] = [];
  const ask = remember(2, (key) => {
    made.push(key);
    return key.toUpperCase();
  });
  return { ask, made };
}

test("makes an answer once for as many keys as it has room for", () => {
  const { ask, made } = counted();
  assert.deepEqual(["a", "b", "a", "b"].map(ask), ["A", "B", "A", "B"]);
  assert.deepEqual(made, ["a", "b"]);
});

test("S94: starts over with the key that no longer fits", () => {
  const { ask, made } = counted();
  assert.deepEqual(["a", "b", "c", "c", "a"].map(ask), ["A", "B", "C", "C", "A"]);
  assert.deepEqual(made, ["a", "b", "c", "a"]);
});

test("remembers an answer of false", () => {
  let asked = 0;
  const ask = remember(2, () => {
    asked += 1;
    return false;
  });
  assert.deepEqual([ask("a"), ask("a"), asked], [false, false, 1]);
});
