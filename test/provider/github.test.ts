/** The `github` provider, tested against recordings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeRuntime } from "../../src/base/runtime.ts";
import {
  InvalidCode,
  LoginRefused,
  ProviderUnavailable,
  RefreshExpired,
} from "../../src/provider/contract.ts";
import { createGithubProvider } from "../../src/provider/github.ts";
import type { GithubSettings } from "../../src/provider/settings.ts";
import { createRecordings, emailsUrl, ok, orgsUrl, tokenUrl, userUrl } from "../support/github.ts";
import { githubSettings, providerDeps } from "../support/provider-deps.ts";

const redirectUri = "https://dash.example/auth/callback";
const nowMs = 1_800_000_000_000;

function setUp(over: Partial<GithubSettings> = {}) {
  const recordings = createRecordings();
  const runtime = { now: () => nowMs, randomBytes: nodeRuntime.randomBytes };
  const deps = providerDeps({ fetch: recordings.fetch, runtime });
  const provider = createGithubProvider(githubSettings(over), deps);
  const complete = (query: Record<string, string> = { code: "the-code" }) =>
    provider.completeLogin({
      params: new URLSearchParams({ state: "the-state", ...query }),
      secrets: { state: "the-state", verifier: "the-verifier" },
      redirectUri,
    });
  const identity = { userId: "583231", emailVerified: false, groups: [] };
  const refresh = () => provider.refresh({ refreshToken: "ghr_1", identity });
  return { ...recordings, provider, complete, refresh, identity };
}

const expiring = ok({
  access_token: "ghu_2",
  expires_in: 28_800,
  refresh_token: "ghr_2",
  refresh_token_expires_in: 15_897_600,
  scope: "",
  token_type: "bearer",
});

test("asks for the person and the addresses, and for organisations only where rules name some", async () => {
  const { url, secrets } = await setUp().provider.startLogin({ redirectUri, state: "s" });
  const query = new URL(url).searchParams;
  assert.ok(url.startsWith("https://github.com/login/oauth/authorize?"));
  assert.equal(query.get("scope"), "read:user user:email");
  assert.equal(query.get("state"), "s");
  assert.equal(query.get("code_challenge_method"), "S256");
  assert.ok(!url.includes(String(secrets.verifier)));
  const members = await setUp({ allowOrgs: ["x"] }).provider.startLogin({
    redirectUri,
    state: "s",
  });
  assert.match(String(new URL(members.url).searchParams.get("scope")), /read:org$/);
});

test("takes the person from the API, with the primary verified address", async () => {
  const { complete, requests } = setUp({ keepClaims: ["login"] });
  const grant = await complete();
  assert.deepEqual(grant, {
    identity: {
      userId: "583231",
      email: "octocat@example.com",
      emailVerified: true,
      displayName: "The Octocat",
      username: "octocat",
      groups: [],
      claims: { login: "octocat" },
    },
    expiresAt: nowMs + 28_800_000,
    accessToken: "gho_1",
  });
  const [token, user] = requests;
  assert.equal(token?.method, "POST");
  assert.equal(token?.headers.accept, "application/json");
  assert.deepEqual(Object.fromEntries(token?.form ?? []), {
    grant_type: "authorization_code",
    code: "the-code",
    redirect_uri: redirectUri,
    code_verifier: "the-verifier",
    client_id: "Iv1.example",
    client_secret: "github-client-secret",
  });
  assert.equal(user?.headers.authorization, "Bearer gho_1");
  assert.deepEqual(
    requests.map(({ url }) => url),
    [tokenUrl, userUrl, emailsUrl],
  );
});

test("a token that expires brings its own life and a refresh token", async () => {
  const { answers, complete } = setUp();
  answers.set(tokenUrl, expiring);
  const grant = await complete();
  assert.equal(grant.expiresAt, nowMs + 28_800_000);
  assert.equal(grant.refreshToken, "ghr_2");
});

const addressLists = [
  {
    name: "the primary one is not verified",
    answer: ok([{ email: "a@b.example", primary: true, verified: false }]),
  },
  {
    name: "none is primary",
    answer: ok([{ email: "a@b.example", primary: false, verified: true }]),
  },
  {
    name: "the app may not see them",
    answer: { status: 403, body: { message: "Resource not accessible" } },
  },
  { name: "the scope was not granted", answer: { status: 404, body: { message: "Not Found" } } },
];
for (const { name, answer } of addressLists) {
  test(`S114: gives no address where ${name}`, async () => {
    const { answers, complete } = setUp();
    answers.set(emailsUrl, answer);
    const { identity } = await complete();
    assert.equal(identity.email, undefined);
    assert.equal(identity.emailVerified, false);
  });
}

test("an error with status 200 is a refused code", async () => {
  const { answers, complete } = setUp();
  answers.set(tokenUrl, ok({ error: "bad_verification_code", error_description: "expired" }));
  await assert.rejects(complete(), InvalidCode);
});

for (const error of ["incorrect_client_credentials", "redirect_uri_mismatch"]) {
  test(`S60: ${error} blames the settings`, async () => {
    const { answers, complete, refresh } = setUp();
    answers.set(tokenUrl, ok({ error }));
    const misconfigured = (thrown: unknown) =>
      thrown instanceof ProviderUnavailable && thrown.misconfigured;
    await assert.rejects(complete(), misconfigured);
    await assert.rejects(refresh(), misconfigured);
  });
}

test("S36, S48: judges the callback before any call", async () => {
  const { complete, requests } = setUp();
  await assert.rejects(complete({ state: "foreign", code: "c" }), InvalidCode);
  await assert.rejects(complete({ iss: "https://evil.example", code: "c" }), InvalidCode);
  await assert.rejects(complete({ error: "access_denied" }), LoginRefused);
  await assert.rejects(complete({}), InvalidCode);
  assert.deepEqual(requests, []);
});

test("brings the organisations as groups where rules name some", async () => {
  const { complete, answers, requests } = setUp({ allowOrgs: ["other", "example-org"] });
  const page = Array.from({ length: 100 }, (_, index) => ({ login: `org-${index}` }));
  answers.set(orgsUrl, ok([...page.slice(1), { login: "Example-Org" }]));
  const { identity } = await complete();
  assert.equal(identity.groups.includes("Example-Org"), true);
  const asked = requests.filter(({ url }) => url.startsWith(orgsUrl));
  assert.equal(asked.length, 10, "a full page is followed by the next, ten at most");
  assert.equal(asked[1]?.url, `${orgsUrl}?per_page=100&page=2`);
});

test("vouches for somebody of no such organisation too: whether that is enough is not the provider's to judge", async () => {
  const { answers, complete } = setUp({ allowOrgs: ["example"] });
  answers.set(orgsUrl, ok([{ login: "example-org" }, { id: 7 }]));
  const { identity } = await complete();
  assert.deepEqual(identity.groups, ["example-org"]);
});

test("S115: organisations that cannot be asked for are an outage at login", async () => {
  const { answers, complete } = setUp({ allowOrgs: ["example-org"] });
  for (const status of [403, 404, 429, 500]) {
    answers.set(orgsUrl, { status, body: { message: "no" } });
    await assert.rejects(complete(), {
      name: "ProviderUnavailable",
      message: `"github": /user/orgs answered ${status}`,
    });
  }
});

test("asks for no address and no organisation of somebody whom GitHub does not name", async () => {
  const { answers, complete, requests } = setUp({ allowOrgs: ["example-org"] });
  answers.set(userUrl, { status: 401, body: { message: "Bad credentials" } });
  await assert.rejects(complete(), { message: '"github": /user answered 401' });
  assert.deepEqual(
    requests.map(({ url }) => url),
    [tokenUrl, userUrl],
  );
});

test("a refresh rotates the token and asks anew who it is", async () => {
  const { answers, refresh, requests } = setUp();
  answers.set(tokenUrl, expiring);
  const grant = await refresh();
  assert.equal(grant.refreshToken, "ghr_2");
  assert.equal(grant.identity.email, "octocat@example.com");
  assert.equal(requests[0]?.form.get("refresh_token"), "ghr_1");
  assert.equal(requests[1]?.headers.authorization, "Bearer ghu_2");
});

const refusals = [
  { error: "bad_refresh_token", ends: true },
  { error: "invalid_grant", ends: true },
  { error: "unsupported_grant_type", ends: false },
];
for (const { error, ends } of refusals) {
  test(`S60: ${error} ${ends ? "ends" : "keeps"} the session`, async () => {
    const { answers, refresh } = setUp();
    answers.set(tokenUrl, ok({ error }));
    await assert.rejects(refresh(), ends ? RefreshExpired : ProviderUnavailable);
  });
}

test("S63: another account at refresh ends the session", async () => {
  const { answers, refresh } = setUp();
  answers.set(tokenUrl, expiring);
  answers.set(userUrl, ok({ login: "other", id: 1 }));
  await assert.rejects(refresh(), RefreshExpired);
});

test("S73: who has left the organisations comes without them from the next refresh", async () => {
  const { answers, refresh } = setUp({ allowOrgs: ["example-org"] });
  answers.set(tokenUrl, expiring);
  answers.set(orgsUrl, ok([]));
  assert.deepEqual((await refresh()).identity.groups, []);
});

test("an API that fails after the refresh token was spent does not lose the session", async () => {
  const { answers, refresh, identity } = setUp({ allowOrgs: ["example-org"] });
  answers.set(tokenUrl, expiring);
  answers.set(userUrl, undefined);
  const grant = await refresh();
  assert.equal(grant.refreshToken, "ghr_2");
  assert.deepEqual(grant.identity, identity);
});

const outages = [
  undefined,
  { status: 502, body: {} },
  { status: 429, body: {} },
  ok({ login: "x" }),
];
for (const answer of outages) {
  test(`S60: ${answer?.status ?? "no answer"} from the API is an outage at login`, async () => {
    const { answers, complete } = setUp();
    answers.set(userUrl, answer);
    await assert.rejects(complete(), ProviderUnavailable);
  });
}

test("S112: judges no bearers", () => {
  assert.equal(setUp().provider.verify, undefined);
});
