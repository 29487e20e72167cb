/**
 * Where a login may return to (contract 9, S28, S29). A NextTarget is a string that only this file makes: a path on our own
 * origin, held without the prefix, judged raw and decoded once, and emitted unchanged. A value that was cleaned would be a
 * new value; so what does not pass is no target, and the login lands on the base.
 */
import type { Exchange } from "../http/exchange.ts";
import { isPageNavigation } from "../http/navigation.ts";
import type { PublicBase } from "../http/public-base.ts";
import { startsWithPrefix } from "../http/target.ts";
import { isOwnPath } from "./own-paths.ts";
import type { GateSettings } from "./parts.ts";

declare const made: unique symbol;
export type NextTarget = string & { readonly [made]: true };

export type NextSettings = Pick<GateSettings, "gateBase" | "apiPrefixes">;

const maxBytes = 2048;

/** The target that the text names, with or without our prefix; undefined when it is none. */
export function nextTargetOf(
  text: string | undefined,
  settings: NextSettings,
  base: PublicBase,
): NextTarget | undefined {
  if (text === undefined || Buffer.byteLength(text) > maxBytes) return undefined;
  const target = withoutPrefix(text, base.prefix);
  if (!isLocal(target) || /[ \x80-\uffff]/.test(target)) return undefined;
  const decoded = decodeOnce(target);
  if (decoded === undefined || !isLocal(decoded)) return undefined;
  const path = pathOf(decoded);
  if (path.split("/").some((segment) => segment === "." || segment === "..")) return undefined;
  if (isOwnPath(path, settings.gateBase)) return undefined;
  if (settings.apiPrefixes.some((prefix) => `${path}/`.startsWith(prefix))) return undefined;
  if (!staysOnOrigin(target, base)) return undefined;
  return target as NextTarget;
}

/**
 * The page that the person is on: the target itself of a page navigation, for every other request the page that a same-origin
 * `Referer` names (contract 3). So a signed-out API call leads back to the page that made it.
 */
export function nextOfRefusal(exchange: Exchange, settings: NextSettings): NextTarget | undefined {
  const { base, method, target } = exchange;
  const reads = method === "GET" || method === "HEAD";
  if (reads && isPageNavigation(exchange, settings.apiPrefixes)) {
    const query = target.query === "" ? "" : `?${target.query}`;
    return nextTargetOf(target.path + query, settings, { ...base, prefix: "" });
  }
  const referer = exchange.headers["referer"];
  if (typeof referer !== "string" || !URL.canParse(referer)) return undefined;
  const page = new URL(referer);
  if (page.origin !== base.origin || !isUnder(page.pathname, base.prefix)) return undefined;
  return nextTargetOf(page.pathname + page.search, settings, base);
}

/** Where a login lands: the target with the prefix once, or the base. */
export function landing(next: string, base: PublicBase): string {
  return base.href(next === "" ? "/" : next);
}

/** One leading slash, then none, and nothing in it that a URL parser drops or takes for a slash. */
function isLocal(text: string): boolean {
  return /^\/(?!\/)[^\\\0-\x1f\x7f]*$/.test(text);
}

function withoutPrefix(text: string, prefix: string): string {
  if (!startsWithPrefix(pathOf(text), prefix)) return text;
  const rest = text.slice(prefix.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function isUnder(path: string, prefix: string): boolean {
  return prefix === "" || startsWithPrefix(path, prefix);
}

function pathOf(text: string): string {
  const end = text.search(/[?#]/);
  return end === -1 ? text : text.slice(0, end);
}

function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The last word has the parser that browsers use. */
function staysOnOrigin(target: string, base: PublicBase): boolean {
  const location = base.href(target);
  if (!URL.canParse(location, base.origin)) return false;
  return new URL(location, base.origin).origin === new URL(base.origin).origin;
}
