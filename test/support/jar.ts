/**
 * A cookie jar that is as strict as a browser (RFC 6265bis): it refuses what a browser refuses and sends what a browser
 * sends. Apart from the client that uses it, so that a cookie which only a lax client would keep makes a test fail.
 */
import { noteSecret } from "./evidence.ts";

export interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  /** True when the cookie was set with a Domain, so that hosts below it get it as well. */
  readonly wide: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string;
  /** Milliseconds since the epoch; Infinity for a cookie that lives as long as the browser. */
  readonly expiresAt: number;
  readonly createdAt: number;
}

export interface Jar {
  /** Takes one Set-Cookie value from an answer of `url`. Returns why it was refused, undefined when it was taken. */
  set(url: URL, setCookie: string): string | undefined;
  /** The `Cookie` header for a request to `url`, `""` when there is none. */
  header(url: URL): string;
  /** The cookies that a request to `url` would carry. */
  cookiesFor(url: URL): readonly StoredCookie[];
  /** Every cookie that has not expired. */
  all(): readonly StoredCookie[];
  /** A second jar with the same cookies: a browser profile that was copied. */
  copy(): Jar;
}

interface Attributes {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
}

/** An empty jar. `now` gives milliseconds since the epoch. */
export function createJar(now: () => number = Date.now, start: readonly StoredCookie[] = []): Jar {
  const cookies = new Map<string, StoredCookie>(start.map((cookie) => [keyOf(cookie), cookie]));
  let order = Math.max(0, ...start.map((cookie) => cookie.createdAt));

  function all(): readonly StoredCookie[] {
    return [...cookies.values()].filter((cookie) => cookie.expiresAt > now());
  }

  function cookiesFor(url: URL): readonly StoredCookie[] {
    return all()
      .filter((cookie) => isSentTo(cookie, url))
      .sort((a, b) => b.path.length - a.path.length || a.createdAt - b.createdAt);
  }

  return {
    all,
    cookiesFor,
    header: (url) =>
      cookiesFor(url)
        .map(({ name, value }) => `${name}=${value}`)
        .join("; "),
    copy: () => createJar(now, all()),
    set(url, setCookie) {
      const made = readSetCookie(url, setCookie, now());
      if (typeof made === "string") return made;
      noteSecret(made.name, made.value);
      const old = cookies.get(keyOf(made));
      const shadowed = all().some((cookie) => cookie.secure && overlays(made, cookie));
      if (!made.secure && url.protocol !== "https:" && shadowed) {
        return "a plain cookie may not stand over a Secure one";
      }
      order += 1;
      cookies.set(keyOf(made), { ...made, createdAt: old?.createdAt ?? order });
      if (made.expiresAt <= now()) cookies.delete(keyOf(made));
      return undefined;
    },
  };
}

function readSetCookie(url: URL, setCookie: string, now: number): StoredCookie | string {
  const [pair = "", ...rest] = setCookie.split(";");
  const equals = pair.indexOf("=");
  if (equals < 1) return "no name";
  const name = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(setCookie)) return "a control character";
  if (name.length + value.length > 4096) return "larger than 4096 bytes";
  const attributes = readAttributes(rest);
  const domain = attributes.values.get("domain")?.replace(/^\./, "").toLowerCase() ?? "";
  if (domain !== "" && !belongsTo(url.hostname, domain)) return `not a host of ${domain}`;
  const secure = attributes.flags.has("secure");
  if (secure && url.protocol !== "https:") return "Secure on a connection that is not";
  const path = pathOf(attributes, url);
  const refusal = brokenPrefix(name, { secure, path: attributes.values.get("path"), domain });
  if (refusal !== undefined) return refusal;
  return {
    name,
    value,
    host: domain === "" ? url.hostname : domain,
    wide: domain !== "",
    path,
    secure,
    httpOnly: attributes.flags.has("httponly"),
    sameSite: attributes.values.get("samesite") ?? "",
    expiresAt: expiryOf(attributes, now),
    createdAt: 0,
  };
}

function readAttributes(parts: readonly string[]): Attributes {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    flags.add(name);
    if (equals >= 0) values.set(name, part.slice(equals + 1).trim());
  }
  return { flags, values };
}

function pathOf(attributes: Attributes, url: URL): string {
  const path = attributes.values.get("path") ?? "";
  if (path.startsWith("/")) return path;
  const slash = url.pathname.lastIndexOf("/");
  return slash <= 0 ? "/" : url.pathname.slice(0, slash);
}

/** Max-Age wins over Expires; a browser keeps no cookie longer than 400 days. */
function expiryOf(attributes: Attributes, now: number): number {
  const limit = now + 400 * 86_400_000;
  const maxAge = attributes.values.get("max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) {
    return Math.min(now + Number(maxAge) * 1000, limit);
  }
  const expires = Date.parse(attributes.values.get("expires") ?? "");
  return Number.isNaN(expires) ? Number.POSITIVE_INFINITY : Math.min(expires, limit);
}

function brokenPrefix(
  name: string,
  set: { readonly secure: boolean; readonly path: string | undefined; readonly domain: string },
): string | undefined {
  const lower = name.toLowerCase();
  if (lower.startsWith("__secure-") && !set.secure) return "__Secure- without Secure";
  if (!lower.startsWith("__host-")) return undefined;
  if (!set.secure) return "__Host- without Secure";
  if (set.path !== "/") return "__Host- without Path=/";
  return set.domain === "" ? undefined : "__Host- with a Domain";
}

function isSentTo(cookie: StoredCookie, url: URL): boolean {
  if (cookie.secure && url.protocol !== "https:") return false;
  const sameHost = cookie.wide
    ? belongsTo(url.hostname, cookie.host)
    : url.hostname === cookie.host;
  return sameHost && isBelow(url.pathname, cookie.path);
}

function isBelow(path: string, root: string): boolean {
  if (!path.startsWith(root)) return false;
  return path.length === root.length || root.endsWith("/") || path[root.length] === "/";
}

function belongsTo(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function overlays(made: StoredCookie, kept: StoredCookie): boolean {
  return made.name === kept.name && made.host === kept.host && isBelow(made.path, kept.path);
}

function keyOf(cookie: StoredCookie): string {
  return JSON.stringify([cookie.name, cookie.host, cookie.path, cookie.wide]);
}
