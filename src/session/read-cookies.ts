/**
 * Reading the session cookies. The access cookie of a request is the hot path: a value that was opened before is found in a
 * bounded map, without cryptography, parsing or a promise. The map is keyed by the sealed value itself, so that nothing can
 * be found in it but what authenticated once.
 */
import { createExpiringMap } from "../base/expiring-map.ts";
import type { Runtime } from "../base/runtime.ts";
import { cookieNames } from "../http/cookie.ts";
import type { Exchange } from "../http/exchange.ts";
import { joinedValues } from "./cookie-parts.ts";
import type { CookieTable } from "./cookie-table.ts";
import type { Sealer } from "./seal.ts";
import { agreedCookie, asSessionCookie, type SessionCookie } from "./session-cookie.ts";

/** Undefined: none came that opens. `conflict`: some came that open to different sessions, which is no session. */
export type CookieRead = SessionCookie | "conflict" | undefined;

export interface CookieReader {
  /** Whether any session cookie came under a name that is read, good or not. */
  anyCame(exchange: Exchange): boolean;
  /** What the access cookie says. Synchronous for a value that was opened before. */
  readAccess(exchange: Exchange): CookieRead | Promise<CookieRead>;
  /** What the refresh cookie says. */
  readRefresh(exchange: Exchange): Promise<CookieRead>;
}

const openedCapacity = 10_000;
const maxValues = 8;
const none: readonly string[] = [];

export function createCookieReader(
  table: CookieTable,
  sealer: Sealer,
  runtime: Runtime,
): CookieReader {
  const access = { https: table.readNames("https", "at"), http: table.readNames("http", "at") };
  const refresh = { https: table.readNames("https", "rt"), http: table.readNames("http", "rt") };
  const purposes = { access: table.purpose("at"), refresh: table.purpose("rt") };
  const opened = createExpiringMap<SessionCookie>(openedCapacity, runtime.now);

  async function openAccess(value: string): Promise<SessionCookie | undefined> {
    const known = opened.get(value);
    if (known !== undefined) return known;
    const cookie = asSessionCookie(await sealer.open(purposes.access, value));
    if (cookie !== undefined) opened.set(copyOf(value), cookie, cookie.session.expiresAt);
    return cookie;
  }

  async function openRefresh(value: string): Promise<SessionCookie | undefined> {
    return asSessionCookie(await sealer.open(purposes.refresh, value));
  }

  return {
    anyCame({ cookieHeader, base }) {
      if (cookieHeader === "") return false;
      const read = new Set([...access[base.scheme], ...refresh[base.scheme]]);
      return cookieNames(cookieHeader).some((name) => read.has(withoutPart(name)));
    },
    readAccess({ cookieHeader, base }) {
      const values = valuesOf(cookieHeader, access[base.scheme]);
      const [first] = values;
      if (first === undefined) return undefined;
      const known = values.length === 1 ? opened.get(first) : undefined;
      return known ?? openAll(values, openAccess);
    },
    async readRefresh({ cookieHeader, base }) {
      return openAll(valuesOf(cookieHeader, refresh[base.scheme]), openRefresh);
    },
  };
}

/** At most eight values over all names: each costs a decryption, and anyone can send a thousand. */
function valuesOf(header: string, names: readonly string[]): readonly string[] {
  if (header === "") return none;
  let all = none;
  for (const name of names) {
    const values = joinedValues(header, name);
    if (values.length > 0) all = all.length === 0 ? values : [...all, ...values];
  }
  return all.length > maxValues ? all.slice(0, maxValues) : all;
}

async function openAll(
  values: readonly string[],
  open: (value: string) => Promise<SessionCookie | undefined>,
): Promise<CookieRead> {
  return agreedCookie(await Promise.all(values.map(open)));
}

/** A string of its own: the value is a slice of the Cookie header, all of which it would keep alive. */
function copyOf(value: string): string {
  return Buffer.from(value).toString();
}

function withoutPart(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot === name.length - 2 ? name.slice(0, dot) : name;
}
