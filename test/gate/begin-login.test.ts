import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBase } from "../../src/http/public-base.ts";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import {
  cookiesOf,
  createTestGate,
  fieldsOf,
  locationOf,
  replyOf,
  signInAt,
  stateOf,
} from "../support/gate.ts";

const begin = "/auth/login?provider=idp";

test("S42: sends the browser to the provider with a state of its own and one sealed cookie", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  const reply = replyOf(await browser.ask(`${begin}&next=%2Fa`));
  assert.equal(reply.status, 302);
  assert.ok(locationOf(reply).startsWith("https://idp.example/authorize?"));
  const { set, deleted } = cookiesOf(reply);
  assert.equal(set.length, 1);
  assert.match(set[0] ?? "", /^__Host-hermes_session_pkce_/);
  assert.deepEqual(deleted, []);
  assert.match(fieldsOf(reply, "set-cookie").join(), /; Max-Age=600;.*HttpOnly.*SameSite=Lax/);
  assert.doesNotMatch(fieldsOf(reply, "set-cookie").join(), /vvvv|nnnn/);
  assert.deepEqual(parts.audited, [{ event: "login_start", fields: { provider: "idp" } }]);
});

test("S47: no two logins have the same state", async () => {
  const browser = createTestGate().browser();
  const states = new Set<string>();
  for (let i = 0; i < 20; i += 1) states.add(stateOf(replyOf(await browser.ask(begin))));
  assert.equal(states.size, 20);
  for (const state of states) assert.match(state, /^[\w-]{43}$/, "nothing marks it as restarted");
  for (const state of states) assert.ok(Buffer.from(state, "base64url").length >= 32);
});

test("S43: keeps five logins under way at most", async () => {
  const parts = createTestGate();
  const browser = parts.browser();
  for (let i = 0; i < 7; i += 1) {
    parts.runtime.pass(1);
    await browser.ask(begin);
  }
  assert.equal(browser.names().length, 5);
});

test("the redirect URI is the base, the prefix once, and gate_base", async () => {
  const parts = createTestGate({ gateBase: "/gate" });
  await parts.browser("https://gate.example/hermes").ask("/gate/auth/login?provider=idp");
  const [started] = parts.provider.started;
  assert.equal(started?.redirectUri, "https://gate.example/hermes/gate/auth/callback");
});

const unknown = ["", "?provider=", "?provider=nobody", "?provider=IDP", "?provider=__proto__"];

for (const query of unknown) {
  test(`refuses a provider that is none by a page: ${query || "no query"}`, async () => {
    const parts = createTestGate();
    const query2 = `${query === "" ? "?" : `${query}&`}next=%2Fdeep`;
    const reply = replyOf(await parts.admit({ url: `/auth/login${query2}` }));
    assert.equal(reply.status, 404);
    assert.match(reply.body, /There is no such sign-in provider\./);
    assert.match(reply.body, /href="\/login\?next=%2Fdeep"[^>]*>Try again</);
    assert.match(reply.body, /test-request/);
    assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
  });
}

test("an unreachable provider is a 503 page with Retry-After and a way to try again that keeps next", async () => {
  const parts = createTestGate();
  parts.provider.onStart = () => Promise.reject(new ProviderUnavailable("discovery-marker"));
  const reply = replyOf(await parts.admit({ url: `${begin}&next=%2Fdeep%3Fx%3D1` }));
  assert.equal(reply.status, 503);
  assert.deepEqual(fieldsOf(reply, "retry-after"), ["5"]);
  assert.match(
    reply.body,
    /href="\/auth\/login\?provider=idp&amp;next=%2Fdeep%3Fx%3D1"[^>]*>Try again</,
  );
  assert.doesNotMatch(reply.body, /marker/);
  assert.deepEqual(fieldsOf(reply, "set-cookie"), []);
  assert.equal(parts.audited.at(-1)?.event, "login_failure");
  assert.match(parts.logged.join("\n"), /^warn provider idp cannot be used: discovery-marker/m);
});

test("a provider that blames our settings is an error in the log", async () => {
  const parts = createTestGate();
  const error = new ProviderUnavailable("invalid_scope", { misconfigured: true });
  parts.provider.onStart = () => Promise.reject(error);
  assert.equal(replyOf(await parts.admit({ url: begin })).status, 503);
  assert.match(parts.logged.join("\n"), /^error provider idp cannot be used: invalid_scope/m);
});

const bugs: Readonly<Record<string, () => Promise<never>>> = {
  "at once": () => {
    throw new TypeError("marker");
  },
  later: () => Promise.reject(new TypeError("marker")),
};

for (const [when, onStart] of Object.entries(bugs)) {
  test(`S9: what else a provider throws ${when} is a bug: a page to try again from, and nothing is begun`, async () => {
    const parts = createTestGate();
    parts.provider.onStart = onStart;
    const reply = replyOf(await parts.admit({ url: `${begin}&next=%2Fdeep` }));
    assert.equal(reply.status, 500);
    assert.match(reply.body, /Something went wrong in the gateway\./);
    assert.match(reply.body, /href="[^"]*next=%2Fdeep"[^>]*>Try again</);
    assert.doesNotMatch(reply.body, /marker/);
    assert.deepEqual(cookiesOf(reply), { set: [], deleted: [] });
    assert.match(
      parts.logged.join("\n"),
      /^error provider idp failed in a way that it does not name/m,
    );
  });
}

const publicUrl = makeBase("https", "gate.example", "/hermes");

const hosts = [
  { name: "another Host", headers: { host: "other.example" }, redirected: true },
  { name: "the Host of public_url", headers: { host: "Gate.Example" }, redirected: false },
  { name: "its default port", headers: { host: "gate.example:443" }, redirected: false },
  { name: "another port", headers: { host: "gate.example:8443" }, redirected: true },
  {
    name: "a trusted proxy that names no host",
    headers: { host: "10.0.0.1:4180" },
    peerTrusted: true,
    redirected: false,
  },
  {
    name: "a trusted proxy that names another",
    headers: { host: "gate.example", "x-forwarded-host": "other.example" },
    peerTrusted: true,
    redirected: true,
  },
  {
    name: "a trusted proxy that names ours first",
    headers: { host: "10.0.0.1", "x-forwarded-host": "gate.example, inner" },
    peerTrusted: true,
    redirected: false,
  },
  {
    name: "an untrusted peer that forwards our host",
    headers: { host: "other.example", "x-forwarded-host": "gate.example" },
    redirected: true,
  },
] as const;

for (const { name, redirected, ...parts } of hosts) {
  test(`S46: ${name} ${redirected ? "is sent to the public_url host" : "begins at once"}`, async () => {
    const { admit } = createTestGate({ publicUrl });
    const reply = replyOf(await admit({ base: publicUrl, url: `${begin}&next=%2Fa`, ...parts }));
    assert.equal(reply.status, 302);
    const canonical = "https://gate.example/hermes/auth/login?provider=idp&next=%2Fa&canonical=1";
    assert.equal(locationOf(reply) === canonical, redirected, locationOf(reply));
    assert.equal(cookiesOf(reply).set.length, redirected ? 0 : 1);
  });
}

test("S46: redirects to the public_url host once, and begins where that leads", async () => {
  const { admit } = createTestGate({ publicUrl });
  const headers = { host: "other.example" };
  const reply = replyOf(await admit({ base: publicUrl, url: `${begin}&canonical=1`, headers }));
  assert.ok(locationOf(reply).startsWith("https://idp.example/"));
});

test("S28, S29: carries a next that may not be gone to as the base", async () => {
  for (const next of ["//evil.example", "/\\evil.example", "/api/x", "/login", "https://e.x/"]) {
    const browser = createTestGate().browser("https://gate.example/hermes");
    const landed = await signInAt(browser, { next });
    assert.equal(locationOf(landed), "/hermes/", next);
  }
});

test("a login that cannot begin is audited with provider and error, and keeps next", async () => {
  const away = createTestGate();
  away.provider.onStart = () => Promise.reject(new ProviderUnavailable("down"));
  await away.admit({ url: begin });
  const insecure = createTestGate({ insecure: true });
  const reply = replyOf(await insecure.admit({ url: `${begin}&next=%2Fdeep` }));
  assert.match(reply.body, /href="\/login\?next=%2Fdeep"/);
  assert.deepEqual(
    [away, insecure].map(({ audited }) => audited.at(-1)?.fields),
    [
      { provider: "idp", error: "provider_unavailable" },
      { provider: undefined, error: "no_provider" },
    ],
  );
});

test("--insecure begins no login", async () => {
  const parts = createTestGate({ insecure: true });
  const reply = replyOf(await parts.admit({ url: begin }));
  assert.equal(reply.status, 503);
  assert.deepEqual(parts.provider.started, []);
});
