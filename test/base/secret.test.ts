import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nodeRuntime } from "../../src/base/runtime.ts";
import { hashFields, randomToken, secretsEqual } from "../../src/base/secret.ts";

const pairs: readonly (readonly [what: string, a: string, b: string, equal: boolean])[] = [
  ["equal texts", "a-secret", "a-secret", true],
  ["texts that differ in the last character", "a-secret", "a-secreT", false],
  ["a text and its beginning", "a-secret", "a-secre", false],
  ["two empty texts", "", "", false],
  ["a text and nothing", "a-secret", "", false],
  ["texts that are one to the eye", "caf\u00e9", "cafe\u0301", false],
];

for (const [what, a, b, equal] of pairs) {
  test(`S47: ${what} are ${equal ? "" : "not "}the same secret`, () => {
    assert.equal(secretsEqual(a, b), equal);
    assert.equal(secretsEqual(b, a), equal);
  });
}

test("S11: no two lists of fields have one key, however their texts join", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
      const same = JSON.stringify(a) === JSON.stringify(b);
      assert.equal(hashFields(...a) === hashFields(...b), same);
    }),
  );
  assert.notEqual(hashFields("refresh", "idpa", "b"), hashFields("refresh", "idp", "ab"));
  assert.notEqual(hashFields("a", ""), hashFields("a"));
});

test("S11: a key says nothing of its parts", () => {
  assert.match(hashFields("refresh", "idp", "a-refresh-token"), /^[\w-]{43}$/);
});

test("S47: a token is of 32 random bytes, and of 16 at least where it is asked for", () => {
  const tokens = Array.from({ length: 100 }, () => randomToken(nodeRuntime));
  assert.equal(new Set(tokens).size, 100);
  for (const token of tokens) assert.match(token, /^[\w-]{43}$/);
  assert.equal(Buffer.from(randomToken(nodeRuntime, 16), "base64url").length, 16);
});
