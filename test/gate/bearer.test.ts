import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import {
  admissionOf,
  createTestGate,
  fieldsOf,
  type GateOptions,
  navigates,
  replyOf,
  signedInAt,
} from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";
import type { TestRuntime } from "../support/still-clock.ts";

const verdicts = (runtime: TestRuntime, good: string) => async (token: string) => {
  if (token === "outage") throw new ProviderUnavailable("no keys");
  if (token === "bug") throw new TypeError("a bug");
  return token === good ? gateProvider(runtime).login() : undefined;
};

const on: GateOptions = {
  bearer: true,
  providers: (runtime) => [
    gateProvider(runtime, { bearers: verdicts(runtime, "good") }),
    gateProvider(runtime, { name: "other", bearers: verdicts(runtime, "others") }),
    gateProvider(runtime, { name: "without" }),
  ],
};

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

test("admits a good bearer as its provider's person, and withholds it from the upstream", async () => {
  const gate = createTestGate(on);
  const verdict = await gate.admit({ url: "/api/x?y=1", ...bearer("good") });
  assert.equal(verdict.outcome, "bearer");
  const admission = admissionOf(verdict);
  assert.equal(admission.target, "/api/x?y=1");
  assert.equal(admission.identity?.provider, "idp");
  assert.equal(admission.identity?.identity.userId, "ada");
  assert.equal(admission.dropAuthorization, true);
  assert.equal(admission.accessToken, undefined);
  assert.equal(admission.stream?.sessionId, "");
  assert.equal(admission.stream?.endsAt, gate.runtime.now() + 60_000);
});

test("finds the provider whose bearer it is", async () => {
  const { admit } = createTestGate(on);
  assert.equal(admissionOf(await admit(bearer("others"))).identity?.provider, "other");
});

test("S113: a bearer that one provider knows is good though another cannot be asked", async () => {
  const gate = createTestGate({
    bearer: true,
    providers: (runtime) => [
      gateProvider(runtime, { bearers: () => Promise.reject(new ProviderUnavailable("down")) }),
      gateProvider(runtime, { name: "other", bearers: verdicts(runtime, "good") }),
    ],
  });
  assert.equal(admissionOf(await gate.admit(bearer("good"))).identity?.provider, "other");
  assert.match(
    gate.logged.join(),
    /^warn a bearer cannot be verified \{"request_id":"test-request","provider":"idp","err":\{.*\}\}$/,
  );
});

test("S27: a bearer that is empty is shown to no provider, and audited as one that is none", async () => {
  const shown: string[] = [];
  const bearers = async (token: string) => {
    shown.push(token);
    return undefined;
  };
  const gate = createTestGate({
    bearer: true,
    providers: (runtime) => [gateProvider(runtime, { bearers })],
  });
  assert.equal(replyOf(await gate.admit({ headers: { authorization: "Bearer" } })).status, 401);
  assert.deepEqual(shown, []);
  const fields = { reason: "invalid_token" };
  assert.deepEqual(gate.audited, [{ event: "session_verify_failure", fields }]);
});

test("a bearer of who may not enter is audited with the account", async () => {
  const gate = createTestGate({ ...on, allow: { global: { emails: [] } } });
  assert.equal(replyOf(await gate.admit(bearer("good"))).status, 403);
  const fields = { provider: "idp", user_id: "ada" };
  assert.deepEqual(gate.audited, [{ event: "access_denied", fields }]);
});

test("passes a good bearer on with pass_access_token", async () => {
  const { admit } = createTestGate({ ...on, passAccessToken: true });
  assert.equal(admissionOf(await admit(bearer("good"))).accessToken, "good");
});

test("a stream of a bearer ends at max_lifetime_seconds, where that is sooner", async () => {
  const gate = createTestGate({ ...on, websocket: { maxLifetimeSeconds: 5 } });
  const { stream } = admissionOf(await gate.admit(bearer("good")));
  assert.equal(stream?.endsAt, gate.runtime.now() + 5000);
});

const bad = ["bad", "", "a b", "Bearer good", "good extra"];

for (const token of bad) {
  test(`S27, S113: the bearer "${token}" is 401, with a good session too, and touches no cookie`, async () => {
    const gate = createTestGate(on);
    const browser = await signedInAt(gate);
    const headers = { ...navigates, authorization: `Bearer ${token}`.trim() };
    const reply = replyOf(await browser.ask("/", { headers }));
    assert.equal(reply.status, 401);
    assert.deepEqual(fieldsOf(reply, "www-authenticate"), ['Bearer error="invalid_token"']);
    assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
    assert.deepEqual(fieldsOf(reply, "location"), []);
    assert.equal((await browser.ask("/")).kind, "forward");
  });
}

test("S27: a bad bearer of a request whose session is due refreshes nothing", async () => {
  const gate = createTestGate(on);
  const browser = await signedInAt(gate);
  gate.runtime.pass(61_000);
  assert.equal(replyOf(await browser.ask("/", bearer("bad"))).status, 401);
  assert.deepEqual(gate.provider.shown, []);
});

test("S113: a bearer that nobody can judge just now is 503", async () => {
  const gate = createTestGate(on);
  const reply = replyOf(await gate.admit(bearer("outage")));
  assert.equal(reply.status, 503);
  assert.equal(fieldsOf(reply, "retry-after").length, 1);
  assert.match(gate.logged.join("\n"), /^warn a bearer cannot be verified/m);
});

test("S9: a bug in a provider admits nobody", async () => {
  await assert.rejects(createTestGate(on).admit(bearer("bug")), TypeError);
});

test("an account that allow does not admit is 403", async () => {
  const { admit, audited } = createTestGate({ ...on, allow: { global: { emails: [] } } });
  assert.equal(replyOf(await admit(bearer("good"))).status, 403);
  assert.equal(audited.at(-1)?.event, "access_denied");
});

test("knows the scheme in every case, and no other", async () => {
  const { admit } = createTestGate(on);
  const outcome = async (authorization: string) =>
    (await admit({ headers: { authorization } })).outcome;
  assert.equal(await outcome("bEaReR good"), "bearer");
  assert.equal(await outcome("Bearer  good"), "bearer");
  assert.equal(await outcome("Bearerx good"), "unauthenticated");
  assert.equal(await outcome("Basic Z29vZA=="), "unauthenticated");
});

test("S27: without the setting an Authorization is the dashboard's", async () => {
  const gate = createTestGate({ ...on, bearer: false });
  assert.equal((await gate.admit(bearer("good"))).outcome, "unauthenticated");
  const browser = await signedInAt(gate);
  const admission = admissionOf(await browser.ask("/", bearer("bad")));
  assert.equal(admission.dropAuthorization, undefined);
});

test("S101: no bearer is logged or audited", async () => {
  const gate = createTestGate(on);
  for (const token of ["good", "bad-marker", "outage"]) await gate.admit(bearer(token));
  assert.ok(gate.audited.length > 0);
  assert.doesNotMatch(JSON.stringify([gate.audited, gate.logged]), /marker|good/);
});
