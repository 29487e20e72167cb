/** What an issuer may say of itself, and when it is asked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { isSafeEndpoint, requireSafeUrl } from "../../src/provider/discovery.ts";
import { setUpOidc } from "../support/oidc.ts";

test("asks nothing before somebody signs in, and then once", async () => {
  const { issuer, authorize } = await setUpOidc();
  assert.deepEqual(issuer.requests, []);
  await Promise.all([authorize(), authorize()]);
  await authorize();
  assert.equal(issuer.requests.length, 1);
});

test("asks again when the provider is back", async () => {
  const { issuer, authorize } = await setUpOidc();
  issuer.down.add("");
  await assert.rejects(authorize(), ProviderUnavailable);
  issuer.down.clear();
  issuer.advance(1);
  assert.equal((await authorize()).get("client_id"), "hermes-gate");
});

test("known metadata serve on while the provider is down", async () => {
  const { issuer, authorize } = await setUpOidc();
  await authorize();
  issuer.down.add("");
  issuer.advance(23 * 3600);
  await authorize();
});

const misfits: readonly { name: string; change: Record<string, unknown> }[] = [
  { name: "another issuer's", change: { issuer: "https://evil.example" } },
  { name: "nobody's", change: { issuer: undefined } },
  { name: "of a path below", change: { issuer: "https://idp.example/tenant" } },
  { name: "without token endpoint", change: { token_endpoint: undefined } },
  { name: "without key set", change: { jwks_uri: undefined } },
  {
    name: "with a token endpoint in clear",
    change: { token_endpoint: "http://idp.example/token" },
  },
  {
    name: "with a login page in clear",
    change: { authorization_endpoint: "http://idp.example/a" },
  },
  {
    name: "with a login page that is a script",
    change: { authorization_endpoint: "javascript:1" },
  },
  { name: "with keys in clear", change: { jwks_uri: "http://idp.example/jwks" } },
  { name: "with revocation in clear", change: { revocation_endpoint: "http://idp.example/r" } },
  { name: "with userinfo in clear", change: { userinfo_endpoint: "http://idp.example/u" } },
  { name: "with a logout in clear", change: { end_session_endpoint: "http://idp.example/l" } },
];
for (const { name, change } of misfits) {
  test(`S109: refuses metadata ${name}`, async () => {
    const { issuer, authorize } = await setUpOidc();
    Object.assign(issuer.metadata, change);
    await assert.rejects(
      authorize(),
      (error) => error instanceof ProviderUnavailable && error.misconfigured,
    );
  });
}

for (const [configured, advertised] of [
  ["https://idp.example", "https://idp.example/"],
  ["https://idp.example/", "https://idp.example"],
] as const) {
  test(`S109: ${configured} may call itself ${advertised}, and its tokens too`, async () => {
    const { issuer, complete } = await setUpOidc({ issuer: configured });
    issuer.metadata.issuer = advertised;
    issuer.tokens = { access_token: "at", id_token: await issuer.sign({ iss: advertised }) };
    assert.equal((await complete()).identity.userId, "user-1");
  });
}

const endpoints = [
  ["https://idp.example/token", true],
  ["http://127.0.0.1:8080/token", true],
  ["http://127.255.0.9/", true],
  ["http://[::1]:8080/", true],
  ["http://localhost:8080/", true],
  ["http://idp.example/", false],
  ["http://localhost.evil.example/", false],
  ["http://127.0.0.1.evil.example/", false],
  ["http://10.0.0.1/", false],
  ["ftp://idp.example/", false],
  ["/token", false],
  ["", false],
  [7, false],
] as const;
for (const [value, safe] of endpoints) {
  test(`S109: ${JSON.stringify(value)} is ${safe ? "an" : "no"} endpoint for secrets`, () => {
    assert.equal(isSafeEndpoint(value), safe);
  });
}

test("names setting, rule and value of a URL that cannot be used", () => {
  assert.equal(requireSafeUrl("issuer", "https://idp.example/"), "https://idp.example");
  assert.throws(() => requireSafeUrl("issuer", "http://idp.example"), {
    message:
      '"issuer" must be an https URL without a query (http only on loopback), got "http://idp.example"',
  });
  assert.throws(() => requireSafeUrl("issuer", "https://idp.example/?a=1"), /without a query/);
});
