/** What a token endpoint's answer means, and how long an access token lives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { expiryOf, readTokenAnswer } from "../../src/provider/token-answer.ts";

const read = (status: number, json: Record<string, unknown> | undefined) =>
  readTokenAnswer("the token endpoint", { status, json, list: [] });

test("gives the tokens of an answer, and nothing that is not there", () => {
  assert.deepEqual(
    read(200, { access_token: "at", token_type: "bearer", refresh_token: "", expires_in: 60 }),
    { kind: "granted", answer: { accessToken: "at", expiresIn: 60 } },
  );
  assert.deepEqual(read(200, { access_token: "at", refresh_token: "rt", id_token: "it" }), {
    kind: "granted",
    answer: { accessToken: "at", refreshToken: "rt", idToken: "it" },
  });
});

const lives = [
  { expires_in: 60, expected: 60 },
  { expires_in: "60", expected: 60 },
  { expires_in: 1, expected: 1 },
  { expires_in: 0.5, expected: 0.5 },
  { expires_in: 0, expected: undefined },
  { expires_in: -5, expected: undefined },
  { expires_in: "", expected: undefined },
  { expires_in: "soon", expected: undefined },
  { expires_in: null, expected: undefined },
  { expires_in: true, expected: undefined },
  { expires_in: [60], expected: undefined },
];
for (const { expires_in, expected } of lives) {
  test(`reads expires_in ${JSON.stringify(expires_in)} as ${expected}`, () => {
    const outcome = read(200, { access_token: "at", expires_in });
    assert.ok(outcome.kind === "granted");
    assert.equal(outcome.answer.expiresIn, expected);
  });
}

test("admits a bearer token of any spelling and no other kind", () => {
  assert.equal(read(200, { access_token: "at", token_type: "BEARER" }).kind, "granted");
  assert.throws(() => read(200, { access_token: "at", token_type: "DPoP" }), ProviderUnavailable);
});

test("S25: takes no access token that could not stand in a header", () => {
  for (const odd of ["\u010d\u010a", "\r\n", "\n", "\0", "\x7f", "\u00e9", "\u{1f600}"]) {
    const access_token = `at${odd}X-Forwarded-User: root`;
    assert.throws(() => read(200, { access_token }), ProviderUnavailable, JSON.stringify(odd));
  }
  assert.equal(read(200, { access_token: "a b~!" }).kind, "granted");
});

test("takes a 200 with an error for a refusal, not for tokens", () => {
  const outcome = read(200, { access_token: "at", error: "bad_refresh_token" });
  assert.deepEqual(outcome, {
    kind: "refused",
    refusal: { error: "bad_refresh_token", status: 200 },
  });
});

test("every answer is tokens, a refusal or an outage, whatever comes", () => {
  const status = fc.integer({ min: 100, max: 599 });
  const json = fc.option(fc.dictionary(fc.string(), fc.jsonValue()), { nil: undefined });
  fc.assert(
    fc.property(status, json, (code, body) => {
      try {
        const outcome = read(code, body);
        if (outcome.kind === "granted") assert.equal(code, 200);
        else assert.ok(code === 200 || (code >= 400 && code < 500));
      } catch (error) {
        assert.ok(error instanceof ProviderUnavailable);
      }
    }),
  );
});

const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;

function jwt(claims: Record<string, unknown>): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;
}

const expiries = [
  {
    name: "expires_in",
    answer: { accessToken: jwt({ exp: now + 9 }), expiresIn: 60 },
    seconds: 60,
  },
  { name: "the token's own exp", answer: { accessToken: jwt({ exp: now + 90 }) }, seconds: 90 },
  {
    name: "exp less iat, under another clock",
    answer: { accessToken: jwt({ iat: now - 500, exp: now - 200 }) },
    seconds: 300,
  },
  { name: "the setting, for an opaque token", answer: { accessToken: "opaque" }, seconds: 28_800 },
  {
    name: "the setting, for a token that ended before it began",
    answer: { accessToken: jwt({ iat: now, exp: now }) },
    seconds: 28_800,
  },
  {
    name: "the setting, for an exp in words",
    answer: { accessToken: jwt({ exp: "never" }) },
    seconds: 28_800,
  },
  {
    name: "ten years at most",
    answer: { accessToken: "at", expiresIn: 1e30 },
    seconds: 316_224_000,
  },
];
for (const { name, answer, seconds } of expiries) {
  test(`an access token lives by ${name}`, () => {
    assert.equal(expiryOf(answer, nowMs, 28_800), nowMs + seconds * 1000);
  });
}
