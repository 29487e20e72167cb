import assert from "node:assert/strict";
import { test } from "node:test";
import { GateError } from "../../src/base/errors.ts";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { exchange } from "../support/exchange.ts";
import {
  cookiesOf,
  createTestGate,
  fetches,
  fieldsOf,
  locationOf,
  navigates,
  replyOf,
  signedInAt,
} from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";

const sessionCookies = ["", "__Host-", "__Secure-"].flatMap((variant) => [
  `${variant}hermes_session_at`,
  `${variant}hermes_session_rt`,
]);

test("refuses a page without a session by a redirect to the login page, with next", async () => {
  const { admit } = createTestGate();
  const reply = replyOf(await admit({ url: "/sessions?tab=1", headers: navigates }));
  assert.equal(reply.status, 302);
  assert.equal(locationOf(reply), "/login?next=%2Fsessions%3Ftab%3D1");
  assert.equal(reply.body, "");
  assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
});

test("refuses a page that also offers another protocol than WebSocket by the redirect", async () => {
  const { admit } = createTestGate();
  const headers = { ...navigates, upgrade: "h2c" };
  assert.equal(replyOf(await admit({ url: "/x", headers })).status, 302);
});

test("S30: refuses a form that is sent without a session by 303, never 307 or 308", async () => {
  const { admit } = createTestGate();
  for (const method of ["POST", "PUT", "DELETE"]) {
    const headers = { ...navigates, referer: "https://gate.example/form?x=1" };
    const reply = replyOf(await admit({ url: "/save", method, headers }));
    assert.equal(reply.status, 303);
    assert.equal(locationOf(reply), "/login?next=%2Fform%3Fx%3D1");
  }
  assert.equal(replyOf(await admit({ method: "HEAD", headers: navigates })).status, 302);
});

test("refuses a program without credentials by the envelope, to the letter", async () => {
  const { admit } = createTestGate();
  const headers = { ...fetches, referer: "https://gate.example/hermes/sessions" };
  const reply = replyOf(await admit({ url: "/data", prefix: "/hermes", headers }));
  assert.equal(reply.status, 401);
  assert.equal(
    reply.body,
    '{"error":"unauthenticated","detail":"Unauthorized","reason":"no_cookie","login_url":"/hermes/login?next=%2Fsessions"}',
  );
  assert.deepEqual(fieldsOf(reply, "content-type"), ["application/json; charset=utf-8"]);
  assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
});

test("marks its own refusals for the browser module, and no other answer", async () => {
  const parts = createTestGate({ allow: nobody });
  const markOf = async (...request: Parameters<typeof parts.admit>) =>
    fieldsOf(replyOf(await parts.admit(...request)), "x-hermes-gate");
  const cookie = "__Host-hermes_session_at=garbage";
  assert.deepEqual(await markOf({ url: "/x" }), ["sign-in"]);
  assert.deepEqual(await markOf({ url: "/x", cookie }), ["sign-in"]);
  assert.deepEqual(await markOf({ url: "/api/auth/me" }), ["sign-in"]);
  assert.deepEqual(await markOf({ url: "/x", headers: navigates }), []);
  const browser = await signedInAt(parts);
  const denied = replyOf(await browser.ask("/x"));
  assert.deepEqual([denied.status, fieldsOf(denied, "x-hermes-gate")], [403, []]);
});

test("S53: refuses dead credentials by the envelope, and clears every session cookie", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts);
  parts.provider.login();
  parts.runtime.pass(61_000);
  const headers = { ...fetches, referer: "https://gate.example/sessions" };
  const reply = replyOf(await browser.ask("/api/list", { headers }));
  assert.equal(
    reply.body,
    '{"error":"session_expired","detail":"Unauthorized","reason":"invalid_or_expired_session","login_url":"/login?next=%2Fsessions"}',
  );
  assert.deepEqual(cookiesOf(reply), { set: [], deleted: sessionCookies.toSorted() });
  assert.deepEqual(browser.names(), []);
  const fields = { reason: "invalid_or_expired_session" };
  assert.deepEqual(parts.audited.at(-1), { event: "session_verify_failure", fields });
});

test("clears dead cookies on the redirect of a page too", async () => {
  const { admit } = createTestGate();
  const cookie = "__Host-hermes_session_at=garbage";
  const reply = replyOf(await admit({ url: "/x", headers: navigates, cookie }));
  assert.equal(reply.status, 302);
  assert.deepEqual(cookiesOf(reply).deleted, sessionCookies.toSorted());
});

test("S60: answers an outage of the provider 503 with Retry-After, and keeps the cookies", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts);
  parts.runtime.pass(61_000);
  const kept = browser.names();
  parts.provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  for (const headers of [fetches, navigates]) {
    const reply = replyOf(await browser.ask("/x", { headers }));
    assert.equal(reply.status, 503);
    assert.match(fieldsOf(reply, "retry-after").join(), /^[1-9]\d*$/);
    assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
    const html = headers === navigates;
    assert.equal(reply.body.startsWith("<!doctype html>"), html);
  }
  assert.ok(kept.length > 0);
  assert.deepEqual(browser.names(), kept);
  parts.provider.answer = undefined;
  assert.equal((await browser.ask("/x")).kind, "forward");
});

test("S103: an error says its sentence and the request id, and nothing of its cause", async () => {
  const { gate } = createTestGate();
  const error = new GateError("internal", { secret: "fact-marker" }, new Error("cause-marker"));
  for (const headers of [navigates, {}]) {
    const reply = gate.refusals.ofError(exchange({ id: "req-7", headers }), error);
    assert.equal(reply.status, 500);
    assert.match(reply.body, /Something went wrong in the gateway\./);
    assert.match(reply.body, /req-7/);
    assert.doesNotMatch(reply.body, /marker/);
  }
});

test("tells of an error that passes when to come again", () => {
  const { gate } = createTestGate();
  const waits = (code: ConstructorParameters<typeof GateError>[0]) =>
    fieldsOf(gate.refusals.ofError(exchange(), new GateError(code)), "retry-after");
  assert.deepEqual(waits("upstream_busy"), ["5"]);
  assert.deepEqual(waits("provider_unavailable"), ["5"]);
  assert.deepEqual(waits("no_provider"), []);
  assert.deepEqual(waits("upstream_unreachable"), []);
});

const nobody = { global: { emails: ["grace@example.com"] } };

test("refuses an account that allow does not admit 403, with who it is and the ways out", async () => {
  const parts = createTestGate({ allow: nobody });
  const browser = await signedInAt(parts);
  const reply = replyOf(await browser.ask("/", { headers: navigates }));
  assert.equal(reply.status, 403);
  assert.match(reply.body, /ada@example\.com/);
  assert.match(reply.body, /<a [^>]*href="\/login"[^>]*>Use another account</);
  assert.match(reply.body, /<form method="post" action="\/auth\/logout">/);
  assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
  assert.equal(JSON.parse(replyOf(await browser.ask("/")).body).error, "access_denied");
  assert.deepEqual(
    parts.audited.filter(({ event }) => event === "access_denied").map(({ fields }) => fields),
    Array(2).fill({ provider: "idp", user_id: "ada" }),
  );
});

test("S82: ends the streams of a session whose account is refused", async () => {
  const parts = createTestGate({ allow: nobody });
  const browser = await signedInAt(parts);
  const session = await parts.sessions.peek(browser.exchange("/"));
  await browser.ask("/");
  assert.deepEqual(parts.endedStreams, [session?.id]);
});

test("S73: judges a refreshed account anew, and sends its rotated cookies with the refusal", async () => {
  const parts = createTestGate({ allow: { global: { groups: ["engineers"] } } });
  const browser = await signedInAt(parts);
  assert.equal((await browser.ask("/")).kind, "forward");
  const fresh = { ...parts.provider.login(), refreshToken: "rt-next" };
  parts.provider.answer = async () => ({
    ...fresh,
    identity: { ...fresh.identity, groups: ["poets"] },
    expiresAt: parts.runtime.now() + 60_000,
  });
  parts.runtime.pass(61_000);
  const reply = replyOf(await browser.ask("/", { headers: navigates }));
  assert.equal(reply.status, 403);
  assert.deepEqual(cookiesOf(reply).set, ["__Host-hermes_session_at", "__Host-hermes_session_rt"]);
});

test("the page of a refused account may lead to the provider's sign-out", async () => {
  const endSession = async () => "https://out.example/end?x=1";
  const parts = createTestGate({
    allow: nobody,
    login: { idpLogout: true },
    providers: (runtime) => [gateProvider(runtime, { endSession })],
  });
  const browser = await signedInAt(parts);
  const reply = replyOf(await browser.ask("/", { headers: navigates }));
  assert.match(
    fieldsOf(reply, "content-security-policy").join(),
    /form-action 'self' https:\/\/out\.example;/,
  );
});
