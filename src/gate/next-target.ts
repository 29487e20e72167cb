/**
 * Where a login may return to: the only maker of a NextTarget (contract 9, S28, S29). A `next` that leads off our origin turns
 * the gate into the first half of a phishing page. A value is judged as it stands and as one decoding makes it, and is
 * emitted unchanged or not at all: a cleaned value would be another one, that nobody has judged.
 */
import { type Exchange, headerOf } from "../http/exchange.ts";
import { isPageNavigation, isUnderAny } from "../http/navigation.ts";
import type { PublicBase } from "../http/public-base.ts";
import { startsWithPrefix } from "../http/target.ts";
import { isOwnPath } from "./own-paths.ts";

declare const judged: unique symbol;

/** A path of the dashboard, query and fragment included, without the own prefix, that is safe to be sent to. */
export type NextTarget = string & { readonly [judged]: true };

/** The paths that no login may lead to. */
export interface NextRules {
  readonly gateBase: string;
  readonly apiPrefixes: readonly string[];
}

const longest = 2048;

/** The target of a claimed `next`, less one leading own prefix; undefined when there is none or it may not be gone to. */
export function nextTargetOf(
  claimed: string | undefined,
  rules: NextRules,
  base: PublicBase,
): NextTarget | undefined {
  if (claimed === undefined || !isSafe(claimed)) return undefined;
  return judge(withoutPrefix(claimed, base.prefix), rules);
}

function judge(next: string, rules: NextRules): NextTarget | undefined {
  if (!isSafe(next)) return undefined;
  const path = pathOf(next);
  for (const reading of [path, decodedOnce(path)]) {
    if (isOwnPath(reading, rules.gateBase) || isUnderAny(reading, rules.apiPrefixes)) {
      return undefined;
    }
  }
  return next as NextTarget;
}

/** The path to send the browser to after the login, prefix once: the target's, or the base for `""` and for whatever is not safe. */
export function landing(next: string | undefined, base: PublicBase): string {
  return base.href(next !== undefined && isSafe(next) ? next : "/");
}

/**
 * The page that the person is on who is refused here: the target of a GET or HEAD navigation, for every other request the
 * page that a same-origin `Referer` names (contract 3).
 */
export function nextOfRefusal(exchange: Exchange, rules: NextRules): NextTarget | undefined {
  const { target, base, method } = exchange;
  const safe = method === "GET" || method === "HEAD";
  if (safe && isPageNavigation(exchange, rules.apiPrefixes)) {
    const own = target.query === "" ? target.path : `${target.path}?${target.query}`;
    return judge(own, rules);
  }
  const referer = headerOf(exchange, "referer");
  if (referer === undefined || !referer.startsWith(`${base.origin}/`)) return undefined;
  const page = referer.slice(base.origin.length);
  // Another site on this host, outside our prefix, is no page of ours.
  if (base.prefix !== "" && !startsWithPrefix(pathOf(page), base.prefix)) return undefined;
  return nextTargetOf(page, rules, base);
}

/**
 * One leading slash, visible ASCII alone, no backslash, no dot segment, no escape of a control byte or backslash, and the
 * WHATWG parser agrees that it stays on the origin. An escaped space is no danger, and deep links have them.
 */
function isSafe(next: string): boolean {
  if (next.length > longest || !/^\/(?!\/|%2f)[!-[\]-~]*$/i.test(next)) return false;
  if (/%(?:[01][0-9a-f]|7f|5c)/i.test(next)) return false;
  if (/\/(?:\.|%2e){1,2}(?:\/|%2f|$)/i.test(pathOf(next))) return false;
  return URL.canParse(next, probe) && new URL(next, probe).origin === probe;
}

const probe = "https://gate.invalid";

function pathOf(next: string): string {
  const end = next.search(/[?#]/);
  return end === -1 ? next : next.slice(0, end);
}

function withoutPrefix(next: string, prefix: string): string {
  const path = pathOf(next);
  if (!startsWithPrefix(path, prefix)) return next;
  const rest = next.slice(prefix.length);
  return path.length === prefix.length ? `/${rest}` : rest;
}

/** Byte by byte, so that an escape that makes no text does not hide those beside it. */
function decodedOnce(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
