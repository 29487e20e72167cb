import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Identity } from "../../src/provider/contract.ts";
import { type AllowRules, claimsNeeded, createAccess } from "../../src/session/access.ts";

const ada: Identity = {
  userId: "u-1",
  email: "Ada@Example.com",
  emailVerified: true,
  groups: ["engineers"],
  claims: { department: "research", roles: ["reader", "writer"], level: 3, active: true },
};

const admitted: readonly (readonly [string, AllowRules])[] = [
  ["everyone", "everyone"],
  ["the address in another case", { emails: ["ada@EXAMPLE.com"] }],
  ["the domain in another case", { emailDomains: ["EXAMPLE.com"] }],
  ["a group", { groups: ["poets", "engineers"] }],
  ["the subject", { subjects: ["u-1"] }],
  ["a claim's text", { claims: { department: ["sales", "research"] } }],
  ["an item of a claim's list", { claims: { roles: ["writer"] } }],
  ["a claim's number", { claims: { level: [3] } }],
  ["a claim's truth value", { claims: { active: [true] } }],
  ["any of several lists", { groups: ["nobody"], subjects: ["u-1"] }],
];

for (const [name, rules] of admitted) {
  test(`admits by ${name}`, () => {
    assert.equal(createAccess({ global: rules })("idp", ada), true);
  });
}

const refused: readonly (readonly [string, AllowRules])[] = [
  ["no list at all", {}],
  ["an empty list", { emails: [] }],
  ["another address", { emails: ["ada@example.org"] }],
  ["a domain that the address's ends with", { emailDomains: ["ample.com"] }],
  ["a domain above the address's", { emailDomains: ["com"] }],
  ["a domain below the address's", { emailDomains: ["mail.example.com"] }],
  ["a group in another case", { groups: ["Engineers"] }],
  ["a subject in another case", { subjects: ["U-1"] }],
  ["a claim of another kind", { claims: { level: ["3"] } }],
  ["a claim that is not there", { claims: { toString: ["x"], team: ["x"] } }],
  ["a part of a claim's text", { claims: { department: ["res"] } }],
];

for (const [name, rules] of refused) {
  test(`refuses with ${name}`, () => {
    assert.equal(createAccess({ global: rules })("idp", ada), false);
  });
}

const wrongAddresses = [
  ["an unverified address", { ...ada, emailVerified: false }],
  ["an address with two @", { ...ada, email: "ada@evil.test@example.com" }],
  ["an address without a local part", { ...ada, email: "@example.com" }],
  ["an address without a domain", { ...ada, email: "ada@" }],
  ["an address whose domain is none", { ...ada, email: "ada@exa mple.com" }],
  ["an address that goes on after its domain", { ...ada, email: "eve@example.com/evil.test" }],
  ["a fragment after the domain", { ...ada, email: "eve@example.com#.evil.test" }],
  ["a query after the domain", { ...ada, email: "eve@example.com?.evil.test" }],
  ["a backslash after the domain", { ...ada, email: "eve@example.com\\.evil.test" }],
  ["a control character in the domain", { ...ada, email: "eve@exam\tple.com" }],
  ["an escape in the domain", { ...ada, email: "eve@e%78ample.com" }],
  ["no address", { userId: "u-2", emailVerified: true, groups: [] }],
] as const;

for (const [name, identity] of wrongAddresses) {
  test(`S114: refuses ${name}`, () => {
    const access = createAccess({
      global: {
        emails: ["ada@example.com", "ada@", "@example.com"],
        emailDomains: ["example.com"],
      },
    });
    assert.equal(access("idp", identity), false);
  });
}

test("S115: refuses by a claim whoever has no claims at all", () => {
  const access = createAccess({ global: { claims: { department: ["research"] } } });
  assert.equal(access("idp", { userId: "u-1", emailVerified: false, groups: [] }), false);
});

test("S114: compares domains as DNS has them", () => {
  const access = createAccess({ global: { emailDomains: ["bücher.example"] } });
  assert.equal(access("idp", { ...ada, email: "ada@xn--bcher-kva.example" }), true);
  assert.equal(access("idp", { ...ada, email: "ada@BÜCHER.example" }), true);
});

test("S114: does not take a letter beyond ASCII for the one it folds to", () => {
  const access = createAccess({ global: { emails: ["mark@example.com"] } });
  assert.equal(access("idp", { ...ada, email: "MARK@example.com" }), true);
  assert.equal(access("idp", { ...ada, email: "mar\u212a@example.com" }), false);
});

test("S115: refuses by a malformed rule whatever the address", () => {
  const access = createAccess({ global: { emails: ["no address"], emailDomains: ["a b"] } });
  fc.assert(
    fc.property(fc.string(), (email) => access("idp", { ...ada, userId: email, email }) === false),
  );
});

test("admits everyone that a provider vouches for when there is no rule", () => {
  assert.equal(createAccess({})("idp", { userId: "x", emailVerified: false, groups: [] }), true);
});

test("admits by a match in the provider's rule or at the top", () => {
  const access = createAccess({
    global: { emails: ["ada@example.com"] },
    providers: { idp: { groups: ["poets"] } },
  });
  const bob: Identity = { userId: "bob", emailVerified: false, groups: ["poets"] };
  assert.equal(access("idp", ada), true);
  assert.equal(access("idp", bob), true);
  assert.equal(access("other", { ...bob }), false);
});

test("binds a provider's own list also when the top says everyone", () => {
  const access = createAccess({ global: "everyone", providers: { idp: { groups: ["poets"] } } });
  assert.equal(access("idp", ada), false);
  assert.equal(access("other", { ...ada }), true);
});

test("admits everyone of a provider whose own rule says so", () => {
  const access = createAccess({ global: { groups: ["nobody"] }, providers: { idp: "everyone" } });
  assert.equal(access("idp", ada), true);
  assert.equal(access("other", { ...ada }), false);
});

const memberships: readonly (readonly [string, AllowRules | undefined, boolean])[] = [
  ["no rule", undefined, true],
  ["everyone", "everyone", true],
  ["a match", { subjects: ["u-1"] }, true],
  ["no match", { subjects: ["u-2"] }, false],
];
for (const [name, rule, admits] of memberships) {
  test(`a member of a required organisation ${admits ? "enters" : "stays out"} with ${name}`, () => {
    const memberOf = { github: ["other", "ENGINEERS"] };
    const own = rule === undefined ? {} : { providers: { github: rule } };
    assert.equal(createAccess({ memberOf, ...own })("github", ada), admits);
    assert.equal(createAccess({ memberOf, ...(rule && { global: rule }) })("github", ada), admits);
  });

  test(`S115: nobody else enters, with ${name}`, () => {
    const memberOf = { github: ["poets"] };
    const own = rule === undefined ? {} : { providers: { github: rule } };
    assert.equal(createAccess({ memberOf, ...own })("github", ada), false);
    assert.equal(createAccess({ memberOf, ...(rule && { global: rule }) })("github", ada), false);
    assert.equal(createAccess({ memberOf })("github", { ...ada, groups: [] }), false);
  });
}

test("a required organisation binds its own provider alone, and only when it is named whole", () => {
  const access = createAccess({ memberOf: { github: ["engineer", "engineers-x", "\u212a"] } });
  assert.equal(access("github", ada), false);
  assert.equal(access("github", { ...ada, groups: ["k"] }), false);
  assert.equal(access("idp", { ...ada }), true);
});

test("judges one identity object anew for another provider", () => {
  const access = createAccess({ providers: { idp: "everyone", other: { groups: ["nobody"] } } });
  assert.equal(access("idp", ada), true);
  assert.equal(access("other", ada), false);
  assert.equal(access("idp", ada), true);
});

test("S73: judges the identity that a refresh brought, not the one before", () => {
  const access = createAccess({ global: { groups: ["engineers"] } });
  assert.equal(access("idp", ada), true);
  assert.equal(access("idp", { ...ada, groups: [] }), false);
});

test("names each claim that the rules look at once", () => {
  const rules = {
    global: { claims: { department: ["x"], team: ["y"] } },
    providers: { idp: { claims: { team: ["z"], level: [1] } }, other: "everyone" as const },
  };
  assert.deepEqual(claimsNeeded(rules).toSorted(), ["department", "level", "team"]);
  assert.deepEqual(claimsNeeded({ global: "everyone" }), []);
  assert.deepEqual(claimsNeeded({}), []);
});
