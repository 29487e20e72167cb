/** How each answer is called in the access log and the metrics: an operator counts sign-ins, refusals and outages by these words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/gate/verdict.ts";
import { makeBase } from "../../src/http/public-base.ts";
import { makeIdentityKey, readIdentityKeys } from "../../src/proxy/identity-key.ts";
import { StoreUnavailable } from "../../src/store/contract.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import type { ExchangeParts } from "../support/exchange.ts";
import {
  createTestGate,
  fetches,
  type GateBrowser,
  type GateOptions,
  navigates,
  replyOf,
  signedInAt,
  stateOf,
  submits,
} from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";

interface Asked {
  readonly name: string;
  readonly path: string;
  readonly parts?: ExchangeParts;
  readonly options?: GateOptions;
  readonly outcome: Outcome;
}

const post = { method: "POST", headers: fetches };
const elsewhere = makeBase("https", "public.example", "");
const insecure: GateOptions = { insecure: true };
const forbidden: GateOptions = { allow: { global: { emails: [] } } };
const away: GateOptions = {
  store: (runtime) => ({
    ...createMemoryStore({ runtime }),
    put: () => Promise.reject(new StoreUnavailable("away")),
    take: () => Promise.reject(new StoreUnavailable("away")),
  }),
};

/** Of a browser that has signed in. */
const asked: readonly Asked[] = [
  { name: "the login page", path: "/login", outcome: "own" },
  {
    name: "the login page that leads on by itself",
    path: "/login",
    options: { login: { autoRedirect: true } },
    outcome: "own",
  },
  { name: "the start of a login", path: "/auth/login?provider=idp", outcome: "own" },
  {
    name: "the start of a login on another host",
    path: "/auth/login?provider=idp",
    parts: { headers: { host: "other.example" } },
    options: { publicUrl: elsewhere },
    outcome: "own",
  },
  {
    name: "the start of a login at no provider",
    path: "/auth/login?provider=nobody",
    outcome: "refused",
  },
  {
    name: "somebody else's callback, signed in",
    path: "/auth/callback?code=c&state=s",
    outcome: "own",
  },
  { name: "a malformed callback", path: "/auth/callback", outcome: "refused" },
  { name: "the providers", path: "/api/auth/providers", outcome: "own" },
  { name: "who is signed in", path: "/api/auth/me", outcome: "own" },
  { name: "the status", path: "/api/auth/status", outcome: "own" },
  { name: "the account page", path: "/auth/account", outcome: "own" },
  { name: "the browser module", path: "/auth/client.js", outcome: "own" },
  { name: "a proxy's question", path: "/auth/verify", outcome: "own" },
  {
    name: "a proxy's question with a bearer",
    path: "/auth/verify",
    parts: { headers: { authorization: "Bearer good" } },
    options: {
      bearer: true,
      providers: (runtime) => [
        gateProvider(runtime, { bearers: async () => gateProvider(runtime).login() }),
      ],
    },
    outcome: "own",
  },
  {
    name: "the keys of signed identities",
    path: "/auth/jwks.json",
    options: { identityKeys: readIdentityKeys(makeIdentityKey()) },
    outcome: "own",
  },
  {
    name: "a proxy's question without sign-in",
    path: "/auth/verify",
    options: insecure,
    outcome: "own",
  },
  { name: "a ticket", path: "/api/auth/ws-ticket", parts: post, outcome: "own" },
  {
    name: "a ticket without store",
    path: "/api/auth/ws-ticket",
    parts: post,
    options: away,
    outcome: "unavailable",
  },
  {
    name: "a sign-out",
    path: "/auth/logout",
    parts: { method: "POST", headers: submits },
    outcome: "own",
  },
  { name: "a program's sign-out", path: "/auth/logout", parts: post, outcome: "own" },
  { name: "a wrong method", path: "/auth/logout", outcome: "refused" },
  {
    name: "a large body",
    path: "/auth/logout",
    parts: { method: "POST", headers: { ...submits, "content-length": "1000000" } },
    outcome: "refused",
  },
  {
    name: "another site's form",
    path: "/auth/logout",
    parts: { method: "POST", headers: { "sec-fetch-site": "cross-site" } },
    outcome: "refused",
  },
  { name: "a request", path: "/a", outcome: "session" },
  { name: "a request without sign-in", path: "/a", options: insecure, outcome: "insecure" },
  {
    name: "a public request",
    path: "/open",
    options: { publicPaths: ["/open"] },
    outcome: "public",
  },
  {
    name: "a request without cookies",
    path: "/a",
    parts: { cookie: "" },
    outcome: "unauthenticated",
  },
  {
    name: "a request with dead cookies",
    path: "/a",
    parts: { cookie: "__Host-hermes_session_at=junk" },
    outcome: "expired",
  },
  { name: "a request of who may not enter", path: "/a", options: forbidden, outcome: "denied" },
  {
    name: "a page of who may not enter",
    path: "/a",
    parts: { headers: navigates },
    options: forbidden,
    outcome: "denied",
  },
  {
    name: "a bearer that is none",
    path: "/a",
    parts: { headers: { authorization: "Bearer x" } },
    options: { bearer: true },
    outcome: "refused",
  },
];

/** Signs in where there is a sign-in. */
async function browserOf(options: GateOptions = {}): Promise<GateBrowser> {
  const gate = createTestGate(options);
  const { insecure: open, publicUrl, store } = options;
  return open === true || publicUrl !== undefined || store !== undefined
    ? signedElsewhere(gate)
    : signedInAt(gate);
}

/** A browser of a gate at which nobody can sign in now, with the cookies of another with the same secret. */
async function signedElsewhere(gate: ReturnType<typeof createTestGate>): Promise<GateBrowser> {
  const other = await signedInAt(createTestGate());
  const browser = gate.browser();
  for (const { name, value } of other.jar.all()) {
    browser.jar.set(new URL("https://gate.example/"), `${name}=${value}; Secure; Path=/`);
  }
  return browser;
}

for (const { name, path, parts, options, outcome } of asked) {
  test(`${name} counts as ${outcome}`, async () => {
    const browser = await browserOf(options);
    assert.equal((await browser.ask(path, parts)).outcome, outcome);
  });
}

test("a sign-in and its replay count as own, a restarted one too", async () => {
  const gate = createTestGate();
  const browser = gate.browser();
  const state = stateOf(replyOf(await browser.ask("/auth/login?provider=idp")));
  const before = browser.copy();
  const late = browser.copy();
  const callback = `/auth/callback?code=good&state=${state}`;
  assert.equal((await browser.ask(callback)).outcome, "own");
  const signedIn = browser.jar.header(new URL("https://gate.example/"));
  const both = `${signedIn}; ${before.jar.header(new URL("https://gate.example/"))}`;
  assert.equal((await before.ask(callback, { cookie: both })).outcome, "own");
  assert.equal((await late.ask("/auth/callback?code=good&state=other")).outcome, "own");
});

const upgrades: readonly Asked[] = [
  { name: "a socket", path: "/ws", outcome: "session" },
  { name: "a socket without sign-in", path: "/ws", options: insecure, outcome: "insecure" },
  {
    name: "a public socket",
    path: "/ws",
    options: { publicPaths: ["UPGRADE /ws"] },
    outcome: "public",
  },
  {
    name: "a handshake that is none",
    path: "/ws",
    parts: { method: "POST" },
    outcome: "refused",
  },
  {
    name: "a socket of another site",
    path: "/ws",
    parts: { headers: { origin: "http://evil.example" } },
    outcome: "refused",
  },
  {
    name: "a ticket that cannot be looked up",
    path: `/ws?ticket=${"A".repeat(43)}`,
    options: away,
    outcome: "unavailable",
  },
];

for (const { name, path, parts, options, outcome } of upgrades) {
  test(`${name} counts as ${outcome}`, async () => {
    const browser = await browserOf(options);
    assert.equal((await browser.upgrade(path, parts)).outcome, outcome);
  });
}
