/** Sessions on a provider that is played by the test, and a browser that keeps their cookies as strictly as a real one. */
import type { AuditEvent, AuditFields } from "../../src/base/audit.ts";
import type { Log } from "../../src/base/log.ts";
import type { Exchange } from "../../src/http/exchange.ts";
import {
  type Grant,
  type Identity,
  type Provider,
  RefreshExpired,
  type RefreshRequest,
} from "../../src/provider/contract.ts";
import { createSealer } from "../../src/session/seal.ts";
import type { Session } from "../../src/session/session.ts";
import { createSessionMemory, type SessionMemory } from "../../src/session/session-memory.ts";
import { createSessions, type Sessions, type SessionsOptions } from "../../src/session/sessions.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { exchange } from "./exchange.ts";
import { createJar, type Jar } from "./jar.ts";
import { type TestRuntime, testRuntime } from "./still-clock.ts";

export const stem = "hermes_session";
export const secret = "a secret of the tests, long enough";
export const sealer = createSealer({ secrets: [secret] });

export const ada: Identity = {
  userId: "ada",
  email: "ada@example.com",
  emailVerified: true,
  displayName: "Ada Lovelace",
  groups: ["engineers", "poets"],
};

/** A session that began now and whose access token lives a minute. */
export function sessionAt(now: number, parts: Partial<Session> = {}): Session {
  return {
    id: "session-one",
    provider: "idp",
    identity: ada,
    loginAt: now,
    endsAt: now + 3_600_000,
    issuedAt: now,
    expiresAt: now + 60_000,
    ...parts,
  };
}

export interface TestProvider extends Provider {
  /** The refresh tokens that it was shown, in order. */
  readonly shown: string[];
  readonly revoked: string[];
  /** A first grant, as of a login. */
  login(parts?: Partial<Grant>): Grant;
  /** From now on a refresh does this; `undefined` restores the rotation. */
  answer: ((request: RefreshRequest) => Promise<Grant>) | undefined;
}

/** Rotates on each refresh and takes no token but the newest, without grace. */
export function rotatingProvider(
  runtime: TestRuntime,
  options: { readonly name?: string; readonly lifeMs?: number; readonly rotates?: boolean } = {},
): TestProvider {
  const { name = "idp", lifeMs = 60_000, rotates = true } = options;
  let serial = 0;
  const shown: string[] = [];
  const revoked: string[] = [];

  function grant(parts: Partial<Grant> = {}): Grant {
    serial += 1;
    return {
      identity: ada,
      expiresAt: runtime.now() + lifeMs,
      accessToken: `at-${serial}`,
      refreshToken: rotates ? `rt-${serial}` : "rt-1",
      ...parts,
    };
  }

  return {
    name,
    displayName: name,
    shown,
    revoked,
    answer: undefined,
    login: grant,
    startLogin: () => Promise.reject(new Error("no login is started here")),
    completeLogin: () => Promise.reject(new Error("no login is completed here")),
    async refresh(request) {
      shown.push(request.refreshToken);
      if (this.answer !== undefined) return this.answer(request);
      const current = rotates ? `rt-${serial}` : "rt-1";
      if (request.refreshToken !== current) throw new RefreshExpired("not the newest token");
      return grant();
    },
    async revoke(token) {
      revoked.push(token);
    },
  };
}

export interface SessionParts {
  readonly runtime: TestRuntime;
  readonly provider: TestProvider;
  readonly sessions: Sessions;
  readonly memory: SessionMemory;
  readonly audited: { readonly event: AuditEvent; readonly fields: AuditFields }[];
  readonly logged: string[];
}

export function sessionParts(
  options: Partial<SessionsOptions> & { readonly lifeMs?: number; readonly rotates?: boolean } = {},
): SessionParts {
  const runtime = testRuntime();
  const provider = rotatingProvider(runtime, options);
  const audited: { event: AuditEvent; fields: AuditFields }[] = [];
  const logged: string[] = [];
  const log = logInto(logged);
  const { store = createMemoryStore({ runtime }) } = options;
  const { memory = createSessionMemory({ store, runtime, log }) } = options;
  const sessions = createSessions({
    ...{ sealer, stem, store, memory, runtime, log },
    audit: (event, _subject, fields = {}) => audited.push({ event, fields }),
    provider: (name) => (name === provider.name ? provider : undefined),
    refreshSkewSeconds: 30,
    idleTimeoutSeconds: 0,
    maxLifetimeSeconds: 30 * 24 * 3600,
    keepAccessToken: false,
    keepIdToken: false,
    ...options,
  });
  return { runtime, provider, sessions, memory, audited, logged };
}

/** A log that keeps `level message {fields}`. */
export function logInto(lines: string[]): Log {
  const note = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  return { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
}

export interface TestBrowser {
  readonly jar: Jar;
  /** A request with the cookies that the browser has. */
  request(): Exchange;
  /** Takes Set-Cookie values; gives back why each of those was refused that was. */
  take(cookies: readonly string[]): readonly string[];
  names(): readonly string[];
}

/** A browser at this address of the gate. The path is the prefix. */
export function testBrowser(
  runtime: TestRuntime,
  address = "https://gate.example/",
  jar: Jar = createJar(runtime.now),
): TestBrowser {
  const url = new URL(address);
  const prefix = url.pathname === "/" ? "" : url.pathname;
  const scheme = url.protocol === "https:" ? "https" : "http";
  return {
    jar,
    request: () => exchange({ cookie: jar.header(url), scheme, host: url.host, prefix, url: "/" }),
    take: (cookies) => cookies.flatMap((cookie) => jar.set(url, cookie) ?? []),
    names: () => jar.all().map(({ name }) => name),
  };
}

/** A browser that has just signed in. */
export async function signedIn(
  { runtime, provider, sessions }: SessionParts,
  grant: Partial<Grant> = {},
  address?: string,
): Promise<TestBrowser> {
  const browser = testBrowser(runtime, address);
  const login = provider.login(grant);
  const { cookies } = await sessions.start(browser.request(), provider.name, login);
  browser.take(cookies);
  return browser;
}

/** Whether a value is a promise: what the hot path must not be. */
export function isPromise(value: unknown): boolean {
  return value instanceof Promise;
}
