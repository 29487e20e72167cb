/**
 * The real gate from real parts (memory store, sealer, sessions, tickets, access rules) on a clock that stands still, with
 * providers that the test plays: a decision is a plain call.
 */
import assert from "node:assert/strict";
import type { AuditEvent, AuditFields } from "../../src/base/audit.ts";
import { createGate, type Gate } from "../../src/gate/gate.ts";
import type { GateSettings } from "../../src/gate/parts.ts";
import { compilePublicPaths } from "../../src/gate/public-paths.ts";
import type { UpgradeVerdict, Verdict } from "../../src/gate/verdict.ts";
import type { Exchange } from "../../src/http/exchange.ts";
import type { Reply } from "../../src/http/reply.ts";
import { createRegistry } from "../../src/provider/registry.ts";
import { createIdentityFields } from "../../src/proxy/identity-fields.ts";
import { createIdentityJwt } from "../../src/proxy/identity-jwt.ts";
import type { readIdentityKeys } from "../../src/proxy/identity-key.ts";
import { type AccessRules, createAccess } from "../../src/session/access.ts";
import { createLoginStates } from "../../src/session/login-state.ts";
import { keyNames } from "../../src/session/seal.ts";
import { createSessionMemory, type SessionMemory } from "../../src/session/session-memory.ts";
import { createSessions, type Sessions } from "../../src/session/sessions.ts";
import type { Store } from "../../src/store/contract.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { createTickets, type Tickets } from "../../src/ticket/tickets.ts";
import { type ExchangeParts, exchange } from "./exchange.ts";
import { type GateProvider, gateProvider } from "./gate-provider.ts";
import { createJar, type Jar } from "./jar.ts";
import { defaultIdentityHeaders } from "./proxy.ts";
import { logInto, sealer, secret, stem } from "./session-parts.ts";
import { type TestRuntime, testRuntime } from "./still-clock.ts";

export interface GateOptions
  extends Partial<Omit<GateSettings, "login" | "websocket" | "publicUrl">> {
  readonly login?: Partial<GateSettings["login"]>;
  readonly websocket?: Partial<GateSettings["websocket"]>;
  readonly publicUrl?: Exclude<GateSettings["publicUrl"], undefined>;
  readonly publicPaths?: readonly string[];
  readonly allow?: AccessRules;
  /** Default: a store in memory. */
  readonly store?: (runtime: TestRuntime) => Store;
  /** Takes the place of the sessions' own. */
  readonly resolve?: Sessions["resolve"];
  /** Signs identities with these keys for `dashboard`. */
  readonly identityKeys?: ReturnType<typeof readIdentityKeys>;
  /** Default: one provider, `idp`. */
  readonly providers?: (runtime: TestRuntime) => readonly GateProvider[];
}

export interface TestGate {
  readonly gate: Gate;
  readonly runtime: TestRuntime;
  /** The first provider. */
  readonly provider: GateProvider;
  readonly sessions: Sessions;
  readonly memory: SessionMemory;
  readonly tickets: Tickets;
  readonly audited: readonly { readonly event: AuditEvent; readonly fields: AuditFields }[];
  readonly logged: readonly string[];
  /** Sessions whose streams were ended because they may not enter. */
  readonly endedStreams: readonly string[];
  admit(parts?: ExchangeParts): Promise<Verdict>;
  /** A browser at this address of the gate; a path in it is the prefix. Default `https://gate.example`. */
  browser(address?: string): GateBrowser;
}

export function createTestGate(options: GateOptions = {}): TestGate {
  const {
    login,
    websocket,
    providers,
    resolve,
    identityKeys: keys,
    publicPaths = [],
    store: makeStore = (clock) => createMemoryStore({ runtime: clock }),
    allow = {},
    ...settings
  } = options;
  const runtime = testRuntime();
  const played = providers?.(runtime) ?? [gateProvider(runtime)];
  const registry = createRegistry(played);
  const audited: { event: AuditEvent; fields: AuditFields }[] = [];
  const logged: string[] = [];
  const endedStreams: string[] = [];
  const audit = (event: AuditEvent, _subject: unknown, fields: AuditFields = {}) =>
    audited.push({ event, fields });
  const log = logInto(logged);
  const store = makeStore(runtime);
  const memory = createSessionMemory({ store, runtime, log });
  const made = createSessions({
    ...{ sealer, stem, store, memory, runtime, log, audit },
    provider: registry.find,
    refreshSkewSeconds: 30,
    idleTimeoutSeconds: 0,
    maxLifetimeSeconds: 30 * 24 * 3600,
    keepAccessToken: settings.passAccessToken ?? false,
    keepIdToken: login?.idpLogout ?? false,
  });
  const sessions = { ...made, ...(resolve !== undefined && { resolve }) };
  const tickets = createTickets({
    ...{ store, runtime, secrets: [secret], isEnded: memory.ended.has },
    ttlMs: 30_000,
  });
  const signed = keys && createIdentityJwt({ keys, audience: "dashboard", runtime });
  const gate = createGate({
    settings: {
      gateBase: "",
      apiPrefixes: ["/api/"],
      bearer: false,
      passAccessToken: false,
      maxBodyBytes: 16_384,
      insecure: false,
      version: "0.1.0 (test)",
      ...settings,
      login: { title: "Sign in", autoRedirect: false, idpLogout: false, ...login },
      websocket: {
        cookies: true,
        ticketTtlSeconds: 30,
        allowedOrigins: new Set(),
        maxLifetimeSeconds: 86_400,
        ...websocket,
      },
    },
    ...{ registry, sessions, tickets, runtime, log, audit },
    keyNames: keyNames([secret]),
    loginStates: createLoginStates({ stem, sealer, memory, runtime }),
    publicPaths: compilePublicPaths(publicPaths),
    admits: createAccess(allow),
    identityFields: createIdentityFields({
      identityHeaders: defaultIdentityHeaders,
      signIdentity: signed?.sign,
    }),
    jwks: signed?.jwks,
    endStreams: (id) => endedStreams.push(id),
  });
  const [provider = gateProvider(runtime)] = played;
  return {
    ...{ gate, runtime, provider, sessions, memory, tickets, audited, logged, endedStreams },
    admit: async (parts) => gate.admit(exchange(parts)),
    browser: (address) => gateBrowser(gate, createJar(runtime.now), address),
  };
}

export interface GateBrowser {
  readonly jar: Jar;
  /** The exchange of a request with this browser's cookies. `path` is without the prefix. */
  exchange(path: string, parts?: ExchangeParts): Exchange;
  /** Asks, and keeps the cookies of the answer as strictly as a browser. */
  ask(path: string, parts?: ExchangeParts): Promise<Verdict>;
  upgrade(path: string, parts?: ExchangeParts): Promise<UpgradeVerdict>;
  /** The names of the cookies that are kept. */
  names(): readonly string[];
  /** A second browser with the same cookies. */
  copy(): GateBrowser;
}

function gateBrowser(gate: Gate, jar: Jar, address = "https://gate.example"): GateBrowser {
  const { protocol, host, pathname, origin } = new URL(address);
  const prefix = pathname === "/" ? "" : pathname;
  const scheme = protocol === "https:" ? "https" : "http";

  function ofBrowser(path: string, parts: ExchangeParts = {}): Exchange {
    const url = new URL(origin + prefix + path);
    return exchange({ scheme, host, prefix, cookie: jar.header(url), ...parts, url: path });
  }

  function take<V extends Verdict | UpgradeVerdict>(path: string, verdict: V): V {
    const cookies = verdict.kind === "forward" ? verdict.admission.cookies?.() : undefined;
    const url = new URL(origin + prefix + path);
    for (const cookie of cookies ?? cookiesIn(verdict)) {
      assert.equal(jar.set(url, cookie), undefined, `a browser refuses ${cookie}`);
    }
    return verdict;
  }

  return {
    jar,
    exchange: ofBrowser,
    ask: async (path, parts) => take(path, await gate.admit(ofBrowser(path, parts))),
    async upgrade(path, parts = {}) {
      const headers = { ...handshake, origin, ...parts.headers };
      return take(path, await gate.admitUpgrade(ofBrowser(path, { ...parts, headers })));
    },
    names: () => jar.all().map(({ name }) => name),
    copy: () => gateBrowser(gate, jar.copy(), address),
  };
}

function cookiesIn(verdict: Verdict | UpgradeVerdict): readonly string[] {
  return verdict.kind === "forward" ? [] : fieldsOf(verdict.reply, "Set-Cookie");
}

/** The head of a good WebSocket handshake. */
export const handshake = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** What a browser sends that goes to a page, a script of ours that fetches, and a form of ours that is sent. */
export const navigates = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
export const fetches = { "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin" };
export const submits = { ...navigates, "sec-fetch-site": "same-origin" };

/** Signs in through both own paths, as a browser does, and gives the answer of the callback. */
export async function signInAt(
  browser: GateBrowser,
  { provider = "idp", next }: { readonly provider?: string; readonly next?: string } = {},
): Promise<Reply> {
  const query = new URLSearchParams({ provider, ...(next !== undefined && { next }) });
  const begun = replyOf(await browser.ask(`/auth/login?${query}`));
  const callback = `/auth/callback?code=good&state=${stateOf(begun)}`;
  const landed = replyOf(await browser.ask(callback));
  assert.equal(landed.status, 302, landed.body);
  return landed;
}

/** A browser that has signed in. */
export async function signedInAt(gate: TestGate, address?: string): Promise<GateBrowser> {
  const browser = gate.browser(address);
  await signInAt(browser);
  return browser;
}

/** The state that an answer sends the browser to the provider with. */
export function stateOf(begun: Reply): string {
  return new URL(locationOf(begun)).searchParams.get("state") ?? "";
}

export function replyOf(verdict: Verdict | UpgradeVerdict): Reply {
  assert.notEqual(verdict.kind, "forward", "the request is forwarded");
  return verdict.kind === "forward" ? assert.fail() : verdict.reply;
}

export function admissionOf(verdict: Verdict | UpgradeVerdict) {
  if (verdict.kind === "forward") return verdict.admission;
  return assert.fail(`refused: ${verdict.reply.status} ${verdict.reply.body}`);
}

export function fieldsOf(reply: Reply, name: string): readonly string[] {
  return reply.headers
    .filter(([field]) => field.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value);
}

export function locationOf(reply: Reply): string {
  const [location = ""] = fieldsOf(reply, "location");
  return location;
}

/** The names of the cookies that an answer sets and deletes. */
export function cookiesOf(reply: Reply): {
  readonly set: readonly string[];
  readonly deleted: readonly string[];
} {
  const names = (deleted: boolean) =>
    fieldsOf(reply, "set-cookie")
      .filter((cookie) => /;\s*max-age=0(?:;|$)/i.test(cookie) === deleted)
      .map((cookie) => cookie.slice(0, cookie.indexOf("=")))
      .toSorted();
  return { set: names(false), deleted: names(true) };
}
