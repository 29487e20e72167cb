import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { makeBase } from "../../src/http/public-base.ts";
import type { Identity } from "../../src/provider/contract.ts";
import type { IdentityField } from "../../src/proxy/contract.ts";
import { createIdentityFields, encodeClaim } from "../../src/proxy/identity-fields.ts";
import { ada } from "../support/proxy.ts";

const base = makeBase("https", "dash.example", "/sub");

function fieldsOf(field: IdentityField, identity: Partial<Identity>): readonly string[] {
  const fields = createIdentityFields({ identityHeaders: new Map([["X-Claim", field]]) });
  return fields({ identity: { ...ada, ...identity }, provider: "corp" }, base);
}

describe("S25: encoding", () => {
  const rows: [name: string, claim: string, encoded: string][] = [
    ["leaves visible ASCII as it is", "ada@example.org", "ada@example.org"],
    ["encodes a space", "Ada L", "Ada%20L"],
    ["encodes the percent sign, so that decoding gives the claim back", "100%", "100%25"],
    ["encodes the separator of a list", "a,b", "a%2Cb"],
    ["encodes line ends, which would start a field", "a\r\nX-Evil: 1", "a%0D%0AX-Evil:%201"],
    ["encodes NUL and DEL", "\0\x7f", "%00%7F"],
    ["encodes other scripts as UTF-8", "Zoë", "Zo%C3%AB"],
    ["encodes what has no UTF-8 form", "\ud800", "%EF%BF%BD"],
  ];
  for (const [name, claim, encoded] of rows) {
    it(name, () => assert.equal(encodeClaim(claim), encoded));
  }

  it("gives visible ASCII that decodes to the claim, whatever the claim", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (claim) => {
        const encoded = encodeClaim(claim);
        assert.match(encoded, /^[!-+\--~]*$/);
        assert.equal(decodeURIComponent(encoded), claim.toWellFormed());
      }),
    );
  });
});

describe("claims", () => {
  it("gives the address only when it is verified", () => {
    assert.deepEqual(fieldsOf("email", {}), ["X-Claim", "ada@example.org"]);
    assert.deepEqual(fieldsOf("email", { emailVerified: false }), []);
  });

  it("S23: sets nothing for an absent or empty claim", () => {
    assert.deepEqual(fieldsOf("org_id", {}), []);
    assert.deepEqual(fieldsOf("groups", { groups: [] }), []);
  });

  it("separates groups by commas, and not those within a name", () => {
    assert.deepEqual(fieldsOf("groups", { groups: ["a,b", "c"] }), ["X-Claim", "a%2Cb,c"]);
  });

  it("gives each of the other claims", () => {
    assert.deepEqual(fieldsOf("display_name", { displayName: "Ada" }), ["X-Claim", "Ada"]);
    assert.deepEqual(fieldsOf("org_id", { orgId: "o-1" }), ["X-Claim", "o-1"]);
    assert.deepEqual(fieldsOf("provider", {}), ["X-Claim", "corp"]);
  });

  it("tells two providers of one identity apart", () => {
    const fields = createIdentityFields({ identityHeaders: new Map([["X-P", "provider"]]) });
    assert.deepEqual(fields({ identity: ada, provider: "one" }, base), ["X-P", "one"]);
    assert.deepEqual(fields({ identity: ada, provider: "two" }, base), ["X-P", "two"]);
  });

  it("adds the signed form, of this person at this base, after all others", () => {
    const fields = createIdentityFields({
      identityHeaders: new Map([["X-P", "provider"]]),
      signIdentity: ({ identity, provider }, { origin, prefix }) =>
        `${identity.userId} ${provider} ${origin}${prefix}`,
    });
    const signed = ["X-P", "corp", "X-Hermes-Identity", "u-1 corp https://dash.example/sub"];
    assert.deepEqual(fields({ identity: ada, provider: "corp" }, base), signed);
  });
});
