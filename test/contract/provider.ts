/** What the gate relies on in every provider, run against each with the service that it talks to. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { nodeRuntime } from "../../src/base/runtime.ts";
import { randomToken } from "../../src/base/secret.ts";
import {
  type Grant,
  InvalidCode,
  LoginRefused,
  type Provider,
  ProviderUnavailable,
  RefreshExpired,
} from "../../src/provider/contract.ts";

/** A service with two people, and a provider that talks to it. */
export interface ProviderSubject {
  readonly provider: Provider;
  readonly userIds: readonly [alice: string, bob: string];
  /** Seconds that access tokens live. */
  readonly accessTokenSeconds: number;
  /** What a person does: from the authorization URL to the callback. */
  signIn(url: string, person: "alice" | "bob"): Promise<URL>;
  tokenCalls(): number;
  /** Answers token calls with this until called with nothing. */
  fail(fault?: { readonly status: number; readonly body?: unknown }): void;
  revokeAll(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const newState = () => randomToken(nodeRuntime);
const redirectUri = "http://127.0.0.1:9/auth/callback";

/** `make` starts a service and closes it in `t.after`. */
export function testProvider(
  kind: string,
  make: (t: TestContext, redirectUri: string) => Promise<ProviderSubject>,
): void {
  async function login(subject: ProviderSubject, person: "alice" | "bob" = "alice") {
    const { url, secrets } = await subject.provider.startLogin({ redirectUri, state: newState() });
    const { searchParams: params } = await subject.signIn(url, person);
    return { params, secrets, redirectUri };
  }

  async function signedIn(subject: ProviderSubject, person?: "alice" | "bob"): Promise<Grant> {
    return subject.provider.completeLogin(await login(subject, person));
  }

  function refreshRequest(grant: Grant) {
    const { identity, refreshToken = "" } = grant;
    return { identity, refreshToken };
  }

  test(`${kind}: a login yields the person, the tokens and when they end`, async (t) => {
    const subject = await make(t, redirectUri);
    const before = Date.now();
    const grant = await signedIn(subject);
    assert.equal(grant.identity.userId, subject.userIds[0]);
    assert.notEqual(grant.accessToken, "");
    assert.notEqual(grant.refreshToken, undefined);
    const life = subject.accessTokenSeconds * 1000;
    assert.ok(grant.expiresAt >= before + life && grant.expiresAt <= Date.now() + life);
  });

  test(`${kind}: S38, S42, S47: each login has secrets of its own, and the URL holds no verifier`, async (t) => {
    const { provider } = await make(t, redirectUri);
    const one = await provider.startLogin({ redirectUri, state: "state-one" });
    const two = await provider.startLogin({ redirectUri, state: "state-two" });
    const query = new URL(one.url).searchParams;
    assert.equal(query.get("code_challenge_method"), "S256");
    assert.equal(query.get("response_type"), "code");
    assert.equal(query.get("redirect_uri"), redirectUri);
    assert.equal(query.get("state"), "state-one");
    assert.equal(one.secrets.state, "state-one");
    assert.ok(!one.url.includes(String(one.secrets.verifier)));
    assert.equal(String(one.secrets.verifier).length, 43);
    const values = [one, two].flatMap(({ secrets }) => Object.values(secrets));
    assert.equal(new Set(values).size, values.length);
  });

  test(`${kind}: a code works once`, async (t) => {
    const subject = await make(t, redirectUri);
    const request = await login(subject);
    await subject.provider.completeLogin(request);
    await assert.rejects(subject.provider.completeLogin(request), InvalidCode);
  });

  test(`${kind}: S38: a code does not work with another login's verifier`, async (t) => {
    const subject = await make(t, redirectUri);
    const request = await login(subject);
    const secrets = { ...request.secrets, verifier: "v".repeat(43) };
    await assert.rejects(subject.provider.completeLogin({ ...request, secrets }), InvalidCode);
  });

  const forgeries = [
    { name: "another state", params: { state: "foreign" } },
    { name: "no state", params: { state: undefined } },
    { name: "another issuer", params: { iss: "https://evil.example" } },
    { name: "no code", params: { code: undefined } },
    { name: "an empty code", params: { code: "" } },
  ];
  for (const forgery of forgeries) {
    test(`${kind}: S36, S40: a callback with ${forgery.name} is refused before any token call`, async (t) => {
      const subject = await make(t, redirectUri);
      const request = await login(subject);
      for (const [name, value] of Object.entries(forgery.params)) {
        if (value === undefined) request.params.delete(name);
        else request.params.set(name, value);
      }
      await assert.rejects(subject.provider.completeLogin(request), InvalidCode);
      assert.equal(subject.tokenCalls(), 0);
    });
  }

  test(`${kind}: S48: an error at the provider is passed on once the state has matched`, async (t) => {
    const subject = await make(t, redirectUri);
    const request = await login(subject);
    request.params.delete("code");
    request.params.set("error", "access_denied");
    request.params.set("error_description", "Not today");
    await assert.rejects(subject.provider.completeLogin(request), (error) => {
      assert.ok(error instanceof LoginRefused);
      assert.equal(error.providerCode, "access_denied");
      assert.equal(error.providerText, "Not today");
      return true;
    });
    request.params.set("state", "foreign");
    await assert.rejects(subject.provider.completeLogin(request), InvalidCode);
    assert.equal(subject.tokenCalls(), 0);
  });

  test(`${kind}: a refresh rotates the token and keeps the person`, async (t) => {
    const subject = await make(t, redirectUri);
    const first = await signedIn(subject);
    const second = await subject.provider.refresh(refreshRequest(first));
    const third = await subject.provider.refresh(refreshRequest(second));
    assert.deepEqual(third.identity, first.identity);
    assert.equal(new Set([first, second, third].map((grant) => grant.refreshToken)).size, 3);
    assert.ok(third.expiresAt >= first.expiresAt);
  });

  test(`${kind}: S60: a replayed refresh token is dead, and so is its family`, async (t) => {
    const subject = await make(t, redirectUri);
    const first = await signedIn(subject);
    const second = await subject.provider.refresh(refreshRequest(first));
    await assert.rejects(subject.provider.refresh(refreshRequest(first)), RefreshExpired);
    await assert.rejects(subject.provider.refresh(refreshRequest(second)), RefreshExpired);
  });

  test(`${kind}: S60: a revoked refresh token is dead`, async (t) => {
    const subject = await make(t, redirectUri);
    const grant = await signedIn(subject);
    subject.revokeAll();
    await assert.rejects(subject.provider.refresh(refreshRequest(grant)), RefreshExpired);
  });

  test(`${kind}: S63: a refresh token of another person ends the session`, async (t) => {
    const subject = await make(t, redirectUri);
    const alice = await signedIn(subject, "alice");
    const bob = await signedIn(subject, "bob");
    assert.equal(bob.identity.userId, subject.userIds[1]);
    const swapped = { identity: alice.identity, refreshToken: String(bob.refreshToken) };
    await assert.rejects(subject.provider.refresh(swapped), RefreshExpired);
  });

  test(`${kind}: S60: a service that is down is an outage, and the refresh token lives on`, async (t) => {
    const subject = await make(t, redirectUri);
    const grant = await signedIn(subject);
    await subject.stop();
    await assert.rejects(subject.provider.refresh(refreshRequest(grant)), ProviderUnavailable);
    await subject.start();
    const next = await subject.provider.refresh(refreshRequest(grant));
    assert.deepEqual(next.identity, grant.identity);
  });

  const faults = [
    { name: "500", fault: { status: 500 }, misconfigured: false },
    {
      name: "503 that names invalid_grant",
      fault: { status: 503, body: { error: "invalid_grant" } },
      misconfigured: false,
    },
    { name: "429", fault: { status: 429, body: { error: "slow_down" } }, misconfigured: false },
    {
      name: "429 that names invalid_grant",
      fault: { status: 429, body: { error: "invalid_grant" } },
      misconfigured: false,
    },
    { name: "302", fault: { status: 302 }, misconfigured: false },
    { name: "404", fault: { status: 404 }, misconfigured: false },
    { name: "200 without tokens", fault: { status: 200, body: {} }, misconfigured: false },
    { name: "200 with a list", fault: { status: 200, body: [1] }, misconfigured: false },
    {
      name: "401 invalid_client",
      fault: { status: 401, body: { error: "invalid_client" } },
      misconfigured: true,
    },
    { name: "401 without a word", fault: { status: 401 }, misconfigured: true },
  ];
  for (const { name, fault, misconfigured } of faults) {
    test(`${kind}: S60: ${name} from the token endpoint is an outage at login and at refresh`, async (t) => {
      const subject = await make(t, redirectUri);
      const grant = await signedIn(subject);
      const request = await login(subject);
      const calls = subject.tokenCalls();
      subject.fail(fault);
      const unavailable = (error: unknown) =>
        error instanceof ProviderUnavailable && error.misconfigured === misconfigured;
      await assert.rejects(subject.provider.completeLogin(request), unavailable);
      await assert.rejects(subject.provider.refresh(refreshRequest(grant)), unavailable);
      assert.equal(subject.tokenCalls(), calls + 2, "each is sent once (S61)");
      subject.fail();
      await subject.provider.refresh(refreshRequest(grant));
    });
  }
}
