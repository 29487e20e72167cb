import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { redactFields, redactText } from "../../src/base/redact.ts";

const random43 = "Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWp";
const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
const jwe = "eyJhbGciOiJkaXIifQ..aXYxMjM0NTY3ODkw.Y2lwaGVy.dGFn";

const texts: readonly (readonly [name: string, text: string, secret: string])[] = [
  ["a JWS", `token was ${jwt} here`, jwt],
  ["a JWE", `cookie ${jwe}`, jwe],
  ["a bearer", "Authorization: Bearer abc.def-123", "abc.def-123"],
  ["basic credentials", "basic dXNlcjpwYXNz", "dXNlcjpwYXNz"],
  ["a ticket in a URL", "/ws?a=1&ticket=short1&b=2", "short1"],
  ["a code in a URL", "/auth/callback?code=abc123&state=xyz789", "abc123"],
  ["a state in a URL", "/auth/callback?code=abc123&state=xyz789", "xyz789"],
  ["an escaped code", "/login?next=%2Fcb%3Fcode%3Dabc123", "abc123"],
  ["a form body", "grant_type=refresh_token&refresh_token=rt-1", "rt-1"],
  ["a JSON body", '{"access_token": "opaque-1"}', "opaque-1"],
  ["a session cookie", "Cookie: a=b; __Host-hermes_session_at=sealed1; c=d", "sealed1"],
  ["a part of a session cookie", "hermes_session_rt.1=sealed2", "sealed2"],
  ["a login cookie", "hermes_session_pkce_a1=sealed3", "sealed3"],
  ["a ticket as protocol", "chat, hermes-gate.ticket.abc", "ticket.abc"],
  ["32 random bytes", `saw ${random43}!`, random43],
  ["a GitHub token", "gho_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F292c"],
  ["a private key", "-----BEGIN EC PRIVATE KEY-----\nabcd\n-----END EC PRIVATE KEY-----", "abcd"],
];

for (const [name, text, secret] of texts) {
  test(`S101: takes ${name} out of a text`, () => {
    assert.ok(!redactText(text).includes(secret), redactText(text));
    assert.match(redactText(text), /\[redacted\]/);
  });
}

test("leaves what is no secret", () => {
  for (const text of [
    "GET /api/sessions?page=2&sort=code",
    "connect ECONNREFUSED 127.0.0.1:9119",
    "agent:0123",
    "x".repeat(44),
  ]) {
    assert.equal(redactText(text), text);
  }
});

test("S101: takes texts out by their field's name, at any depth", () => {
  const fields = {
    client_secret: "a",
    refreshToken: "b",
    headers: { cookie: "c", "set-cookie": ["d"], Authorization: "e" },
    state: "f",
    list: [{ code_verifier: "g" }],
  };
  const clean = JSON.stringify(redactFields(fields));
  for (const secret of "abcdefg") assert.ok(!clean.includes(`"${secret}"`), secret);
});

test("keeps counts, error codes and ids", () => {
  const fields = {
    tickets: 3,
    code: "login_expired",
    user_id: random43,
    request_id: random43,
    cookies: 2,
  };
  assert.deepEqual(redactFields(fields), fields);
  assert.deepEqual(redactFields({ code: "ECONNRESET" }), { code: "ECONNRESET" });
});

test("S101: an authorization code under the name of an error code is taken out", () => {
  assert.deepEqual(redactFields({ code: "4/0AX4XfWh" }), { code: "[redacted]" });
  assert.deepEqual(redactFields({ code: "3a5f0b7c9d1e" }), { code: "[redacted]" });
});

test("an id that is a token is taken out all the same", () => {
  assert.deepEqual(redactFields({ user_id: jwt }), { user_id: "[redacted]" });
});

test("S101: an error's message, cause and facts are searched", () => {
  const cause = new Error(`body was refresh_token=rt-1`);
  const error = Object.assign(new Error(`token ${jwt}`, { cause }), {
    body: { id_token: "x" },
    code: "EFAIL",
  });
  const clean = redactFields({ err: error });
  const text = JSON.stringify(clean);
  for (const secret of [jwt, "rt-1", '"x"']) assert.ok(!text.includes(secret), text);
  assert.match(text, /"code":"EFAIL"/);
  assert.match(text, /"type":"Error"/);
});

test("circular and deep values end", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  assert.match(JSON.stringify(redactFields({ circular })), /\[\.\.\.\]/);
});

const latin1 = fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code));

test("S102: no control character is left that a terminal obeys and JSON lets through", () => {
  fc.assert(
    fc.property(fc.string({ unit: latin1 }), (text) => {
      assert.doesNotMatch(JSON.stringify(redactText(text)), /[\x00-\x1f\x7f-\x9f]/);
    }),
  );
});

test("a text is cut at 8 KiB", () => {
  assert.equal(redactText("a ".repeat(10_000)).length, 8195);
});

test("S101: a cut leaves no half of a secret, wherever it goes through it", () => {
  for (const secret of [random43, `ghp_${"k".repeat(36)}`]) {
    for (let before = 0; before < secret.length; before += 1) {
      const clean = redactText(`${" ".repeat(8192 - before)}${secret} and more`);
      assert.ok(!clean.includes(secret.slice(0, 6)), `cut after ${before} characters`);
    }
  }
});

test("a long text without a blank is cut all the same", () => {
  const clean = redactText("/a".repeat(10_000));
  assert.ok(clean.length > 7900 && clean.endsWith("..."));
});
