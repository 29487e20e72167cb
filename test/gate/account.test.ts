import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import {
  cookiesOf,
  createTestGate,
  fieldsOf,
  locationOf,
  navigates,
  replyOf,
  signedInAt,
} from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";

type EndSession = (idToken: string | undefined, returnTo: string) => Promise<string>;

test("shows who is signed in, and a form to sign out", async () => {
  const parts = createTestGate({ allow: { global: { emails: [] } } });
  const browser = await signedInAt(parts, "https://gate.example/hermes");
  const reply = replyOf(await browser.ask("/auth/account", { headers: navigates }));
  assert.equal(reply.status, 200, "for an account that allow does not admit too");
  for (const text of ["Ada Lovelace", "ada@example.com", "engineers, poets", "idp"]) {
    assert.ok(reply.body.includes(text), text);
  }
  assert.match(reply.body, /<form method="post" action="\/hermes\/auth\/logout">/);
  assert.match(reply.body, /href="\/hermes\/"/);
});

test("names the provider as people know it", async () => {
  const parts = createTestGate({
    providers: (runtime) => [{ ...gateProvider(runtime), displayName: "The Company" }],
  });
  const reply = replyOf(await (await signedInAt(parts)).ask("/auth/account"));
  assert.ok(reply.body.includes("The Company"));
});

test("S105: escapes what the provider says of a person", async () => {
  const parts = createTestGate();
  const identity = { ...parts.provider.login().identity, displayName: '<img src=x onerror="x">' };
  parts.provider.granting = { identity };
  const { body } = replyOf(await (await signedInAt(parts)).ask("/auth/account"));
  assert.ok(body.includes("&lt;img src=x onerror=&quot;x&quot;&gt;"));
  assert.doesNotMatch(body, /<img/);
});

test("refreshes on the way, and sends the rotated cookies", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts);
  parts.runtime.pass(61_000);
  const reply = replyOf(await browser.ask("/auth/account"));
  assert.equal(reply.status, 200);
  assert.equal(cookiesOf(reply).set.length, 2);
});

test("leads who is not signed in to the login page, without itself as next", async () => {
  const { admit } = createTestGate();
  const reply = replyOf(await admit({ url: "/auth/account", headers: navigates }));
  assert.equal(locationOf(reply), "/login");
  const insecure = createTestGate({ insecure: true });
  assert.equal(replyOf(await insecure.admit({ url: "/auth/account" })).status, 401);
  const { cookieHeader: cookie } = (await signedInAt(createTestGate())).exchange("/");
  assert.equal(replyOf(await insecure.admit({ url: "/auth/account", cookie })).status, 401);
});

test("its form may lead to the provider's sign-out when idp_logout is on, and is shown when that is away", async () => {
  const lines: string[] = [];
  const policyWith = async (endSession: EndSession | undefined, idp: boolean) => {
    const parts = createTestGate({
      login: { idpLogout: idp },
      providers: (runtime) => [gateProvider(runtime, endSession && { endSession })],
    });
    const reply = replyOf(await (await signedInAt(parts)).ask("/auth/account"));
    assert.equal(reply.status, 200);
    lines.push(...parts.logged);
    return /form-action ([^;]*)/.exec(fieldsOf(reply, "content-security-policy").join())?.[1];
  };
  const returns: string[] = [];
  const there = async (_: string | undefined, returnTo: string) => {
    returns.push(returnTo);
    return "https://out.example:8443/end?x=1";
  };
  assert.equal(await policyWith(undefined, true), "'self'");
  assert.equal(await policyWith(there, true), "'self' https://out.example:8443");
  assert.equal(await policyWith(there, false), "'self'");
  assert.deepEqual(returns, ["https://gate.example/login?logged_out=1"]);
  assert.deepEqual(lines, []);
  assert.equal(
    await policyWith(() => Promise.reject(new ProviderUnavailable("down")), true),
    "'self'",
  );
  assert.match(
    lines.join(),
    /^warn the provider's sign-out cannot be reached, .* \{"request_id":"test-request","provider":"idp","err":\{.*\}\}$/,
  );
});
