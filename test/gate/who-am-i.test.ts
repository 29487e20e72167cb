import assert from "node:assert/strict";
import { test } from "node:test";
import { cookiesOf, createTestGate, fetches, replyOf, signedInAt } from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";

test("S103: tells who is signed in, times in seconds, and no token", async () => {
  const parts = createTestGate({ passAccessToken: true, login: { idpLogout: true } });
  parts.provider.granting = { idToken: "id-marker", accessToken: "at-marker" };
  const browser = await signedInAt(parts);
  const reply = replyOf(await browser.ask("/api/auth/me", { headers: fetches }));
  assert.equal(reply.status, 200);
  assert.deepEqual(JSON.parse(reply.body), {
    user_id: "ada",
    email: "ada@example.com",
    display_name: "Ada Lovelace",
    org_id: null,
    groups: ["engineers", "poets"],
    provider: "idp",
    expires_at: Math.floor((parts.runtime.now() + 60_000) / 1000),
  });
});

test("refreshes on the way, and sends the rotated cookies", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts);
  parts.runtime.pass(61_000);
  const reply = replyOf(await browser.ask("/api/auth/me"));
  assert.equal(reply.status, 200);
  assert.equal(cookiesOf(reply).set.length, 2);
  assert.deepEqual(parts.provider.shown, ["rt-1"]);
});

test("answers an account that allow does not admit", async () => {
  const browser = await signedInAt(createTestGate({ allow: { global: { emails: [] } } }));
  assert.equal(replyOf(await browser.ask("/api/auth/me")).status, 200);
});

test("is 401 without a session, and with --insecure", async () => {
  for (const insecure of [false, true]) {
    const reply = replyOf(await createTestGate({ insecure }).admit({ url: "/api/auth/me" }));
    assert.equal(reply.status, 401);
    assert.equal(JSON.parse(reply.body).error, "unauthenticated");
  }
  const { cookieHeader: cookie } = (await signedInAt(createTestGate())).exchange("/");
  const insecure = createTestGate({ insecure: true });
  assert.equal(replyOf(await insecure.admit({ url: "/api/auth/me", cookie })).status, 401);
});

test("S27, S112: tells whose bearer it is; a bad one is 401, whatever cookies came with it", async () => {
  const gate = createTestGate({
    bearer: true,
    providers: (runtime) => [
      gateProvider(runtime, {
        bearers: async (token) => (token === "good" ? gateProvider(runtime).login() : undefined),
      }),
    ],
  });
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return replyOf(await (await signedInAt(gate)).ask("/api/auth/me", { headers }));
  };
  const good = await ask("good");
  assert.equal(good.status, 200);
  const { user_id, expires_at } = JSON.parse(good.body);
  const end = Math.floor((gate.runtime.now() + 60_000) / 1000);
  assert.deepEqual([user_id, expires_at], ["ada", end]);
  const bad = await ask("bad");
  assert.equal(bad.status, 401);
  assert.deepEqual(cookiesOf(bad), { set: [], deleted: [] });
});
