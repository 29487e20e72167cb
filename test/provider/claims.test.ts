/** From claims to a person: what has the wrong type is left out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { identityOf } from "../../src/provider/claims.ts";

const options = { groupsClaim: "groups", trustEmail: false, keepClaims: [] };

const addresses: readonly { claims: Record<string, unknown>; trust: boolean; verified: boolean }[] =
  [
    { claims: { email: "a@b.example", email_verified: true }, trust: false, verified: true },
    { claims: { email: "a@b.example", email_verified: false }, trust: false, verified: false },
    { claims: { email: "a@b.example" }, trust: false, verified: false },
    { claims: { email: "a@b.example", email_verified: "true" }, trust: false, verified: false },
    { claims: { email: "a@b.example", email_verified: 1 }, trust: false, verified: false },
    { claims: { email: "a@b.example" }, trust: true, verified: true },
    { claims: { email: "a@b.example", email_verified: false }, trust: true, verified: true },
    { claims: { email_verified: true }, trust: true, verified: false },
    { claims: { email: "", email_verified: true }, trust: true, verified: false },
    { claims: { email: ["a@b.example"], email_verified: true }, trust: true, verified: false },
  ];
for (const { claims, trust, verified } of addresses) {
  const how = trust ? ", where addresses are trusted," : "";
  test(`S114: ${JSON.stringify(claims)}${how} is ${verified ? "" : "not "}verified`, () => {
    const identity = identityOf({ sub: "u", ...claims }, { ...options, trustEmail: trust });
    assert.equal(identity.emailVerified, verified);
  });
}

const groupLists = [
  { value: ["a", "b"], expected: ["a", "b"] },
  { value: "a", expected: ["a"] },
  { value: ["a", 1, null, "", { x: 1 }], expected: ["a"] },
  { value: { a: true }, expected: [] },
  { value: undefined, expected: [] },
];
for (const { value, expected } of groupLists) {
  test(`groups of ${JSON.stringify(value)} are ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(identityOf({ sub: "u", groups: value }, options).groups, expected);
  });
}

test("keeps the claims that rules name, and no others", () => {
  const claims = { sub: "u", hd: "b.example", dept: ["x"], secret: "no" };
  const identity = identityOf(claims, { ...options, keepClaims: ["hd", "dept", "toString"] });
  assert.deepEqual(identity.claims, { hd: "b.example", dept: ["x"] });
  assert.equal(identityOf(claims, options).claims, undefined);
});

test("makes a person of well-typed parts out of any claims", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
      const identity = identityOf({ ...claims, sub: "u" }, options);
      assert.equal(identity.userId, "u");
      const texts = [identity.email, identity.displayName, identity.username, identity.orgId];
      for (const text of texts) assert.ok(text === undefined || text.length > 0);
      for (const group of identity.groups) assert.equal(typeof group, "string");
    }),
  );
});
