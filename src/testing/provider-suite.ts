/**
 * What the gate relies on in every provider, run against each with the service that it talks to: our own, and those of whoever
 * writes one (`hermes-gate/testing`). Runs under node:test.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { nodeRuntime } from "../base/runtime.ts";
import { randomToken } from "../base/secret.ts";
import {
  type Grant,
  InvalidCode,
  LoginRefused,
  ProviderUnavailable,
  RefreshExpired,
} from "../provider/contract.ts";
import { type ProviderSubject, type SkippedCases, tokenFaults } from "./subject.ts";

const newState = () => randomToken(nodeRuntime);
const redirectUri = "http://127.0.0.1:9/auth/callback";

/** `make` starts a service and closes it in `t.after`. `kind` begins the names of the tests. */
export function testProvider(
  kind: string,
  make: (t: TestContext, redirectUri: string) => Promise<ProviderSubject>,
  skipped: SkippedCases = {},
): void {
  const { refresh = false, rotation = refresh } = skipped;
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
    const before = nodeRuntime.now();
    const grant = await signedIn(subject);
    assert.equal(grant.identity.userId, subject.userIds[0]);
    assert.notEqual(grant.accessToken, "");
    if (refresh === false) assert.notEqual(grant.refreshToken, undefined);
    const life = subject.accessTokenSeconds * 1000;
    assert.ok(grant.expiresAt >= before + life && grant.expiresAt <= nodeRuntime.now() + life);
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

  test(`${kind}: a refresh keeps the person, and moves the end`, { skip: refresh }, async (t) => {
    const subject = await make(t, redirectUri);
    const first = await signedIn(subject);
    const second = await subject.provider.refresh(refreshRequest(first));
    assert.deepEqual(second.identity, first.identity);
    assert.ok(second.expiresAt >= first.expiresAt);
  });

  test(`${kind}: each refresh brings a new token, good for the next`, {
    skip: rotation,
  }, async (t) => {
    const subject = await make(t, redirectUri);
    const first = await signedIn(subject);
    const second = await subject.provider.refresh(refreshRequest(first));
    const third = await subject.provider.refresh(refreshRequest(second));
    assert.equal(new Set([first, second, third].map((grant) => grant.refreshToken)).size, 3);
  });

  test(`${kind}: S60: a replayed refresh token is dead, and so is its family`, {
    skip: rotation,
  }, async (t) => {
    const subject = await make(t, redirectUri);
    const first = await signedIn(subject);
    const second = await subject.provider.refresh(refreshRequest(first));
    await assert.rejects(subject.provider.refresh(refreshRequest(first)), RefreshExpired);
    await assert.rejects(subject.provider.refresh(refreshRequest(second)), RefreshExpired);
  });

  test(`${kind}: S60: a revoked refresh token is dead`, { skip: refresh }, async (t) => {
    const subject = await make(t, redirectUri);
    const grant = await signedIn(subject);
    subject.revokeAll();
    await assert.rejects(subject.provider.refresh(refreshRequest(grant)), RefreshExpired);
  });

  test(`${kind}: S63: a refresh token of another person ends the session`, {
    skip: refresh,
  }, async (t) => {
    const subject = await make(t, redirectUri);
    const alice = await signedIn(subject, "alice");
    const bob = await signedIn(subject, "bob");
    assert.equal(bob.identity.userId, subject.userIds[1]);
    const swapped = { identity: alice.identity, refreshToken: String(bob.refreshToken) };
    await assert.rejects(subject.provider.refresh(swapped), RefreshExpired);
  });

  test(`${kind}: S60: a service that is down is an outage, and the refresh token lives on`, {
    skip: refresh,
  }, async (t) => {
    const subject = await make(t, redirectUri);
    const grant = await signedIn(subject);
    await subject.stop();
    await assert.rejects(subject.provider.refresh(refreshRequest(grant)), ProviderUnavailable);
    await subject.start();
    const next = await subject.provider.refresh(refreshRequest(grant));
    assert.deepEqual(next.identity, grant.identity);
  });

  for (const { name, fault, misconfigured } of tokenFaults) {
    test(`${kind}: S60: ${name} from the token endpoint is an outage at login and at refresh`, async (t) => {
      const subject = await make(t, redirectUri);
      const grant = await signedIn(subject);
      const request = await login(subject);
      const calls = subject.tokenCalls();
      subject.fail(fault);
      const unavailable = (error: unknown) =>
        error instanceof ProviderUnavailable && error.misconfigured === misconfigured;
      await assert.rejects(subject.provider.completeLogin(request), unavailable);
      assert.equal(subject.tokenCalls(), calls + 1, "sent once (S61)");
      if (refresh !== false) return;
      await assert.rejects(subject.provider.refresh(refreshRequest(grant)), unavailable);
      assert.equal(subject.tokenCalls(), calls + 2, "sent once (S61)");
      subject.fail();
      await subject.provider.refresh(refreshRequest(grant));
    });
  }
}
