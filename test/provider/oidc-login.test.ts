/** Sign-in at an OpenID issuer that does not always answer as it should. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { InvalidCode, LoginRefused, ProviderUnavailable } from "../../src/provider/contract.ts";
import { redirectUri, setUpOidc } from "../support/oidc.ts";

test("takes the person from the id_token and the expiry from the answer", async () => {
  const { issuer, complete } = await setUpOidc({ groupsClaim: "roles", keepClaims: ["hd"] });
  const idToken = await issuer.sign({
    email: "alice@example.com",
    email_verified: true,
    name: "Alice",
    preferred_username: "alice",
    roles: ["admins"],
    hd: "example.com",
  });
  issuer.tokens = {
    access_token: "opaque",
    token_type: "Bearer",
    expires_in: 60,
    id_token: idToken,
  };
  const grant = await complete();
  const { nonceHash, ...identity } = grant.identity;
  assert.deepEqual(identity, {
    userId: "user-1",
    email: "alice@example.com",
    emailVerified: true,
    displayName: "Alice",
    username: "alice",
    groups: ["admins"],
    claims: { hd: "example.com" },
  });
  assert.match(String(nonceHash), /^[\w-]{22}$/);
  assert.equal(grant.expiresAt, issuer.runtime.now() + 60_000);
  assert.equal(grant.accessToken, "opaque");
  assert.equal(grant.idToken, idToken);
  assert.equal(grant.refreshToken, undefined);
});

test("sends code, verifier and redirect URI to the token endpoint, the secret encoded in the header", async () => {
  const { issuer, complete } = await setUpOidc({ clientId: "a:b", clientSecret: "s+/ %" });
  issuer.tokens = { access_token: "at", id_token: await issuer.sign({ aud: "a:b" }) };
  await complete();
  const request = issuer.requests.find(({ path }) => path === "/token");
  const credentials = Buffer.from("a%3Ab:s%2B%2F+%25").toString("base64");
  assert.equal(request?.headers.authorization, `Basic ${credentials}`);
  assert.deepEqual(Object.fromEntries(request?.form ?? []), {
    grant_type: "authorization_code",
    code: "the-code",
    redirect_uri: redirectUri,
    code_verifier: "v".repeat(43),
  });
});

const authentication = [
  { name: "no secret", settings: {}, advertised: undefined, expected: "none" },
  { name: "a secret", settings: { clientSecret: "s" }, advertised: undefined, expected: "basic" },
  {
    name: "a secret where both are advertised",
    settings: { clientSecret: "s" },
    advertised: ["client_secret_post", "client_secret_basic"],
    expected: "basic",
  },
  {
    name: "a secret where post alone is advertised",
    settings: { clientSecret: "s" },
    advertised: ["client_secret_post"],
    expected: "post",
  },
  {
    name: "post by setting",
    settings: { clientSecret: "s", tokenEndpointAuth: "post" },
    advertised: undefined,
    expected: "post",
  },
  {
    name: "basic by setting",
    settings: { clientSecret: "s", tokenEndpointAuth: "basic" },
    advertised: ["client_secret_post"],
    expected: "basic",
  },
  {
    name: "none by setting",
    settings: { clientSecret: "s", tokenEndpointAuth: "none" },
    advertised: undefined,
    expected: "none",
  },
] as const;
for (const { name, settings, advertised, expected } of authentication) {
  test(`proves itself by ${expected} with ${name}`, async () => {
    const { issuer, complete } = await setUpOidc(settings);
    if (advertised) issuer.metadata.token_endpoint_auth_methods_supported = advertised;
    issuer.tokens = { access_token: "at", id_token: await issuer.sign() };
    await complete();
    const request = issuer.requests.find(({ path }) => path === "/token");
    const basic = request?.headers.authorization?.startsWith("Basic ") === true;
    const post = request?.form.has("client_secret") === true;
    assert.equal(basic ? "basic" : post ? "post" : "none", expected);
  });
}

test("S39: refuses an id_token without nonce, or with another login's", async () => {
  const { issuer, complete } = await setUpOidc();
  for (const nonce of [undefined, "foreign", "", 7]) {
    issuer.tokens = { access_token: "at", id_token: await issuer.sign({ nonce }) };
    await assert.rejects(complete(), InvalidCode);
  }
});

test("S39: refuses an answer without id_token", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.tokens = { access_token: "at", token_type: "Bearer" };
  await assert.rejects(complete(), InvalidCode);
});

test("S111: refuses an id_token that is made for another client", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.tokens = { access_token: "at", id_token: await issuer.sign({ aud: "other" }) };
  await assert.rejects(complete(), InvalidCode);
});

test("S110: refuses an id_token signed with an algorithm that the issuer does not advertise", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.metadata.id_token_signing_alg_values_supported = ["ES256"];
  issuer.tokens = { access_token: "at", id_token: await issuer.sign() };
  await assert.rejects(complete(), InvalidCode);
});

test("S110: names the mend where the issuer signs with a shared secret only", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.metadata.id_token_signing_alg_values_supported = ["HS256"];
  issuer.tokens = { access_token: "at", id_token: await issuer.sign() };
  await assert.rejects(complete(), (error) => {
    assert.ok(error instanceof ProviderUnavailable && error.misconfigured);
    assert.match(error.message, /HS256 only.*signing key/);
    return true;
  });
});

test("S97: names the mend where id_tokens are encrypted", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.tokens = { access_token: "at", id_token: "a.b.c.d.e" };
  await assert.rejects(complete(), (error) => {
    assert.ok(error instanceof ProviderUnavailable && error.misconfigured);
    assert.match(error.message, /encrypted.*encryption off/);
    return true;
  });
});

test("S40: requires iss in the callback where the issuer says that it sends it", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.metadata.authorization_response_iss_parameter_supported = true;
  issuer.tokens = { access_token: "at", id_token: await issuer.sign() };
  await assert.rejects(complete(), InvalidCode);
  assert.equal(issuer.count("/token"), 0);
  await complete({ iss: issuer.url });
});

test("S37: refuses a callback that names a parameter twice", async () => {
  const { issuer, provider } = await setUpOidc();
  const secrets = { state: "the-state", verifier: "v".repeat(43), nonce: "the-nonce" };
  for (const query of ["code=a&state=the-state&state=the-state", "code=a&code=b&state=the-state"]) {
    const params = new URLSearchParams(query);
    await assert.rejects(provider.completeLogin({ params, secrets, redirectUri }), InvalidCode);
  }
  assert.equal(issuer.count("/token"), 0);
});

test("S101: no failure of a login carries the code, the state, a token or the verifier", async () => {
  const { issuer, complete } = await setUpOidc();
  const secrets = ["the-code", "the-state", "the-nonce", "v".repeat(43), "secret-at", "eyJ"];
  const idToken = await issuer.sign({ nonce: "foreign" });
  issuer.tokens = { access_token: "secret-at", id_token: idToken };
  const failures = [
    () => complete(),
    () => complete({ iss: "https://evil.example" }),
    () => complete({ state: "foreign" }),
    () => complete({ response: "eyJ" }),
    () => complete({ error: "access_denied" }),
    () => {
      issuer.tokens = { access_token: "secret-at", id_token: `${idToken}.x.y` };
      return complete();
    },
    () => {
      issuer.tokenStatus = 400;
      return complete();
    },
    () => {
      issuer.down.add("/token");
      return complete();
    },
  ];
  for (const fail of failures) {
    const error = await fail().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Error);
    const shown = inspect(error, { depth: 20 });
    assert.deepEqual(
      secrets.filter((secret) => shown.includes(secret)),
      [],
    );
  }
});

test("refuses a login that another kind of provider began", async () => {
  const { provider } = await setUpOidc();
  const params = new URLSearchParams({ code: "c", state: "s" });
  const request = { params, secrets: { state: "s", verifier: "v" }, redirectUri };
  await assert.rejects(provider.completeLogin(request), InvalidCode);
});

test("S48: passes on what the provider says of a refusal", async () => {
  const { complete } = await setUpOidc();
  await assert.rejects(complete({ error: "access_denied" }), (error) => {
    assert.ok(error instanceof LoginRefused);
    assert.equal(error.providerText, undefined);
    return true;
  });
});

test("does not spend the code while the keys cannot be had", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.down.add("/jwks");
  await assert.rejects(complete(), ProviderUnavailable);
  assert.equal(issuer.count("/token"), 0);
});

test("extra parameters join the request and change nothing of the protocol", async () => {
  const { authorize } = await setUpOidc({ extraAuthorizeParams: { prompt: "consent", hd: "a b" } });
  const query = await authorize();
  assert.equal(query.get("prompt"), "consent");
  assert.equal(query.get("hd"), "a b");
  assert.equal(query.get("client_id"), "hermes-gate");
});

test("keeps the query that the authorization endpoint has of its own", async () => {
  const { issuer, authorize } = await setUpOidc();
  issuer.metadata.authorization_endpoint = `${issuer.url}/authorize?tenant=7&state=theirs`;
  const query = await authorize();
  assert.equal(query.get("tenant"), "7");
  assert.deepEqual(query.getAll("state"), ["the-state"]);
});

const scopeRules = [
  {
    name: "no advertised scopes",
    settings: {},
    advertised: undefined,
    expected: "openid profile email",
  },
  {
    name: "offline_access advertised",
    settings: {},
    advertised: ["openid", "offline_access"],
    expected: "openid profile email offline_access",
  },
  {
    name: "offline_access not advertised",
    settings: {},
    advertised: ["openid"],
    expected: "openid profile email",
  },
  {
    name: "scopes by setting",
    settings: { scopes: ["openid", "x"] },
    advertised: ["offline_access"],
    expected: "openid x",
  },
] as const;
for (const { name, settings, advertised, expected } of scopeRules) {
  test(`asks for "${expected}" with ${name}`, async () => {
    const { issuer, authorize } = await setUpOidc(settings);
    if (advertised) issuer.metadata.scopes_supported = advertised;
    assert.equal((await authorize()).get("scope"), expected);
  });
}

test("asks a Keycloak for no offline session", async () => {
  const { issuer, authorize } = await setUpOidc({ issuer: "https://idp.example/realms/main" });
  issuer.metadata.issuer = "https://idp.example/realms/main";
  issuer.metadata.scopes_supported = ["openid", "offline_access"];
  issuer.aliases.set(
    "/realms/main/.well-known/openid-configuration",
    "/.well-known/openid-configuration",
  );
  assert.equal((await authorize()).get("scope"), "openid profile email");
});

test("asks the userinfo endpoint where the id_token names no address", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.metadata.userinfo_endpoint = `${issuer.url}/userinfo`;
  issuer.userinfo = { sub: "user-1", email: "a@example.com", email_verified: true, name: "Alice" };
  issuer.tokens = { access_token: "at", id_token: await issuer.sign() };
  const { identity } = await complete();
  assert.equal(identity.email, "a@example.com");
  assert.equal(identity.emailVerified, true);
  assert.equal(identity.displayName, "Alice");
  const request = issuer.requests.find(({ path }) => path === "/userinfo");
  assert.equal(request?.headers.authorization, "Bearer at");
});

test("does not ask the userinfo endpoint where the id_token names the address", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.metadata.userinfo_endpoint = `${issuer.url}/userinfo`;
  issuer.tokens = { access_token: "at", id_token: await issuer.sign({ email: "a@example.com" }) };
  await complete();
  assert.equal(issuer.count("/userinfo"), 0);
});

test("S63: refuses userinfo of another person", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.metadata.userinfo_endpoint = `${issuer.url}/userinfo`;
  issuer.userinfo = { sub: "user-2", email: "boss@example.com", email_verified: true };
  issuer.tokens = { access_token: "at", id_token: await issuer.sign() };
  await assert.rejects(complete(), InvalidCode);
});

test("a userinfo endpoint that fails at login is an outage", async () => {
  const { issuer, complete } = await setUpOidc();
  issuer.metadata.userinfo_endpoint = `${issuer.url}/userinfo`;
  issuer.userinfoStatus = 500;
  issuer.tokens = { access_token: "at", id_token: await issuer.sign() };
  await assert.rejects(complete(), ProviderUnavailable);
});

test("S97: an id_token over 16 KiB is told apart from a code that was not accepted", async () => {
  const { issuer, complete } = await setUpOidc();
  const groups = Array.from({ length: 2000 }, (_, at) => `group-number-${at}`);
  issuer.tokens = { access_token: "at", id_token: await issuer.sign({ groups }) };
  await assert.rejects(complete(), (error) => error instanceof InvalidCode && error.tooLarge);
  issuer.tokens = { access_token: "at", id_token: await issuer.sign({ nonce: "another" }) };
  await assert.rejects(complete(), (error) => error instanceof InvalidCode && !error.tooLarge);
});
