import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { eventually } from "../support/eventually.ts";
import {
  cookiesOf,
  createTestGate,
  fetches,
  fieldsOf,
  type GateBrowser,
  type GateOptions,
  locationOf,
  replyOf,
  signedInAt,
  submits,
} from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";

const signOut = async (browser: GateBrowser, headers: Readonly<Record<string, string>> = submits) =>
  replyOf(await browser.ask("/auth/logout", { method: "POST", headers }));

test("S53, S68: clears the cookies in all variants and leads to the login page", async () => {
  const browser = await signedInAt(createTestGate(), "https://gate.example/hermes");
  const reply = await signOut(browser);
  assert.equal(reply.status, 302);
  assert.equal(locationOf(reply), "/hermes/login?logged_out=1");
  assert.equal(cookiesOf(reply).deleted.length, 6);
  assert.deepEqual(browser.names(), []);
});

test("answers a program 200 with JSON", async () => {
  const browser = await signedInAt(createTestGate());
  const reply = await signOut(browser, fetches);
  assert.equal(reply.status, 200);
  assert.deepEqual(JSON.parse(reply.body), { logged_out: true, location: "/login?logged_out=1" });
  assert.deepEqual(browser.names(), []);
});

test("S68: a copy of the cookies is dead, with the refresh token too, and so are its tickets", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts);
  const copy = browser.copy();
  const minted = await copy.ask("/api/auth/ws-ticket", { method: "POST", headers: fetches });
  const { ticket } = JSON.parse(replyOf(minted).body);
  await signOut(browser);
  assert.equal(replyOf(await copy.copy().ask("/")).status, 401);
  parts.runtime.pass(61_000);
  assert.equal(replyOf(await copy.ask("/")).status, 401);
  assert.deepEqual(parts.provider.shown, []);
  assert.equal((await browser.upgrade(`/ws?ticket=${ticket}`)).kind, "refuse");
});

test("S70: revokes the newest token at the provider of the session, and audits both", async () => {
  const parts = createTestGate({
    providers: (runtime) => [gateProvider(runtime), gateProvider(runtime, { name: "other" })],
  });
  const browser = await signedInAt(parts);
  parts.runtime.pass(61_000);
  await browser.ask("/");
  await signOut(browser);
  assert.deepEqual(parts.provider.revoked, ["rt-2"]);
  await eventually("revoke is audited", () => parts.audited.at(-1)?.event === "revoke");
  assert.deepEqual(parts.audited.slice(-2), [
    { event: "logout", fields: { provider: "idp", user_id: "ada" } },
    { event: "revoke", fields: { provider: "idp", user_id: "ada", result: "ok" } },
  ]);
});

test("S70: a provider that cannot revoke, or never answers, holds nobody", async () => {
  for (const revoke of [
    () => Promise.reject(new ProviderUnavailable("down")),
    () => new Promise<void>(() => {}),
  ]) {
    const parts = createTestGate({
      providers: (runtime) => [{ ...gateProvider(runtime), revoke }],
    });
    const browser = await signedInAt(parts);
    assert.equal((await signOut(browser)).status, 302);
    assert.deepEqual(browser.names(), []);
  }
});

test("S70: a revocation that fails is audited, and said in the log", async () => {
  const revoke = () => Promise.reject(new ProviderUnavailable("down"));
  const parts = createTestGate({ providers: (runtime) => [{ ...gateProvider(runtime), revoke }] });
  await signOut(await signedInAt(parts));
  await eventually("it is logged", () => parts.logged.length > 0);
  const fields = { provider: "idp", user_id: "ada", result: "failed" };
  assert.deepEqual(parts.audited.at(-1), { event: "revoke", fields });
  assert.match(
    parts.logged.join(),
    /^warn the refresh token could not be revoked \{"request_id":"test-request","err":\{.*\}\}$/,
  );
});

test("S70: nothing is revoked without a refresh token, or at a provider that has no revocation", async () => {
  const tokenless = createTestGate();
  const { refreshToken: _, ...grant } = tokenless.provider.login();
  tokenless.provider.onComplete = async () => grant;
  assert.equal((await signOut(await signedInAt(tokenless))).status, 302);
  assert.deepEqual(tokenless.provider.revoked, []);

  const unable = createTestGate({
    providers(runtime) {
      const { revoke: __, ...provider } = gateProvider(runtime);
      return [provider];
    },
  });
  assert.equal((await signOut(await signedInAt(unable))).status, 302);
  assert.deepEqual(
    [tokenless, unable].map(({ audited }) => audited.at(-1)?.event),
    ["logout", "logout"],
  );
});

test("a session whose access token has expired is ended without a refresh", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts);
  parts.runtime.pass(61_000);
  await signOut(browser);
  assert.deepEqual(parts.provider.shown, []);
  assert.deepEqual(parts.provider.revoked, ["rt-1"]);
});

test("without a session still clears what came, and audits nothing", async () => {
  const parts = createTestGate();
  const cookie = "__Host-hermes_session_at=garbage";
  const reply = replyOf(
    await parts.admit({ url: "/auth/logout", method: "POST", headers: submits, cookie }),
  );
  assert.equal(reply.status, 302);
  assert.equal(cookiesOf(reply).deleted.length, 6);
  assert.deepEqual(parts.audited, []);
});

const asked: (string | undefined)[][] = [];
const idpLogout: GateOptions = {
  login: { idpLogout: true },
  providers: (runtime) => [
    gateProvider(runtime, {
      async endSession(idToken, returnTo) {
        asked.push([idToken, returnTo]);
        return "https://idp.example/end?x=1";
      },
    }),
  ],
};

test("S71: idp_logout sends the browser to the provider's sign-out, the deletions riding on it", async () => {
  const parts = createTestGate(idpLogout);
  parts.provider.granting = { idToken: "the-id-token" };
  const browser = await signedInAt(parts, "https://gate.example/hermes");
  asked.length = 0;
  const reply = await signOut(browser);
  assert.equal(locationOf(reply), "https://idp.example/end?x=1");
  assert.equal(cookiesOf(reply).deleted.length, 6);
  assert.deepEqual(asked, [["the-id-token", "https://gate.example/hermes/login?logged_out=1"]]);
});

test("S71: idp_logout falls back to our own page when the provider has none or is away", async () => {
  for (const endSession of [undefined, () => Promise.reject(new ProviderUnavailable("down"))]) {
    const parts = createTestGate({
      login: { idpLogout: true },
      providers: (runtime) => [
        gateProvider(runtime, endSession === undefined ? {} : { endSession }),
      ],
    });
    const reply = await signOut(await signedInAt(parts));
    assert.equal(locationOf(reply), "/login?logged_out=1");
    const line =
      /^warn the provider's sign-out cannot be reached, people are signed out here alone \{"request_id":"test-request","provider":"idp","err":\{.*\}\}$/;
    if (endSession === undefined) assert.deepEqual(parts.logged, []);
    else assert.match(parts.logged.join(), line);
  }
});

test("S71: a sign-out at the provider needs no id_token", async () => {
  const parts = createTestGate(idpLogout);
  const browser = await signedInAt(parts);
  asked.length = 0;
  assert.equal(locationOf(await signOut(browser)), "https://idp.example/end?x=1");
  assert.deepEqual(asked, [[undefined, "https://gate.example/login?logged_out=1"]]);
});

test("without idp_logout the provider is not asked where it signs out", async () => {
  const parts = createTestGate({ ...idpLogout, login: {} });
  const browser = await signedInAt(parts);
  asked.length = 0;
  assert.equal(locationOf(await signOut(browser)), "/login?logged_out=1");
  assert.deepEqual(asked, []);
});

test("an account that allow does not admit can sign out", async () => {
  const browser = await signedInAt(createTestGate({ allow: { global: { emails: [] } } }));
  assert.equal((await signOut(browser)).status, 302);
  assert.deepEqual(browser.names(), []);
});

test("S31: the way out is none that the request names", async () => {
  const browser = await signedInAt(createTestGate());
  const headers = { ...submits, referer: "https://gate.example/x" };
  const verdict = await browser.ask(
    "/auth/logout?next=%2F%2Fevil.example&rd=https://evil.example",
    {
      method: "POST",
      headers,
    },
  );
  assert.equal(locationOf(replyOf(verdict)), "/login?logged_out=1");
  assert.deepEqual(fieldsOf(replyOf(verdict), "refresh"), []);
});
