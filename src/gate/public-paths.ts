/**
 * What needs no session (contract 1 and 3, S2-S4, S7): exact paths, or everything below one that ends in `/`, for GET and HEAD
 * or the methods listed. Matched against the path exactly as it will be forwarded, case-sensitively, by no pattern; a path
 * that two readers could take differently is never public.
 */
import { parseTarget, type Target } from "../http/target.ts";

export interface PublicPaths {
  /** What is wrong with the entries, each as the rest of a sentence that starts with the setting's name. */
  readonly problems: readonly string[];
  /** Whether this request, or upgrade, needs no session. */
  match(method: string, target: Target, upgrade: boolean): boolean;
}

interface Rule {
  readonly path: string;
  readonly below: boolean;
  readonly methods: ReadonlySet<string>;
}

const upgradeWord = "UPGRADE";
const readMethods = ["GET", "HEAD"];

/** Compiles `/healthz`, `/static/`, `POST /hooks/`, `GET,POST /x`, `UPGRADE /live`. Faulty entries match nothing. */
export function compilePublicPaths(entries: readonly string[]): PublicPaths {
  const rules: Rule[] = [];
  const problems: string[] = [];
  for (const entry of entries) {
    const rule = parseRule(entry);
    if (typeof rule === "string") problems.push(rule);
    else rules.push(rule);
  }

  function match(method: string, target: Target, upgrade: boolean): boolean {
    if (rules.length === 0 || target.ambiguous) return false;
    const path = forwardedPath(target);
    // The claimed prefix was taken off: what is left is public only because a header said so.
    if (target.prefixClaimed && path === target.path) return false;
    const word = upgrade ? upgradeWord : method;
    return rules.some((rule) => rule.methods.has(word) && covers(rule, path));
  }
  return { problems, match };
}

function covers(rule: Rule, path: string): boolean {
  return rule.below ? path.startsWith(rule.path) : path === rule.path;
}

function forwardedPath({ forward }: Target): string {
  const mark = forward.indexOf("?");
  return mark === -1 ? forward : forward.slice(0, mark);
}

/** The rule, or what is wrong with the entry. */
function parseRule(entry: string): Rule | string {
  const found = `got ${JSON.stringify(entry)}`;
  const [, words, path] = /^(?:(\S+) +)?(\/\S*)$/.exec(entry) ?? [];
  if (path === undefined) {
    return `must be a path as "/healthz" or "/static/", or methods and a path as "POST /hooks/", ${found}`;
  }
  const target = parseTarget(path, { value: "", fromHeader: false, keep: false });
  if (target === undefined || target.ambiguous || path.includes("?")) {
    return `must be a plain path, without query, fragment, dot segment, "//" or encoded separator, ${found}`;
  }
  if (path === "/") {
    return `must not open every path, ${found}. Name the paths that need no sign-in`;
  }
  const methods = words === undefined ? readMethods : words.split(",");
  if (!methods.every((method) => /^[A-Z]+(?:-[A-Z]+)*$/.test(method))) {
    return `must name its methods in capitals, with commas and no spaces, ${found}`;
  }
  return { path, below: path.endsWith("/"), methods: new Set(methods) };
}
