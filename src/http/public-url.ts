/**
 * The syntax of `public_url` (contract 9). Strict, for what it says ends up in redirect URIs, cookies and expected origins;
 * helpful, for a malformed one comes with the spelling that was probably meant.
 */
import { parsePrefix } from "./forwarded.ts";
import { parseHost } from "./host.ts";
import { makeBase, type PublicBase } from "./public-base.ts";
import { withoutDefaultPort } from "./target.ts";

export type PublicUrl =
  | { readonly base: PublicBase }
  /** `problem` is the rest of a sentence that starts with the setting's name; `corrected` a spelling that is accepted. */
  | { readonly base?: never; readonly problem: string; readonly corrected?: string };

/** The base that the text names, or what is wrong with it. */
export function parsePublicUrl(text: string): PublicUrl {
  const judged = judge(text);
  if (typeof judged !== "string") return { base: judged };
  const problem = judged;
  const corrected = respelt(text);
  const host = browserHost(corrected);
  const read = readBase(corrected);
  const base = read && host !== undefined ? makeBase(read.scheme, host, read.prefix) : undefined;
  return base === undefined ? { problem } : { problem, corrected: base.origin + base.prefix };
}

/** The base, or what is wrong. */
function judge(text: string): PublicBase | string {
  if (text.trim() === "") return "must not be blank";
  if (/[\s\0-\x1f\x7f]/.test(text)) return "must hold no white space or control characters";
  if (/["'`<>]/.test(text)) return "must hold no quotes or angle brackets";
  if (!/^https?:\/\//i.test(text)) return "must start with http:// or https://";
  if (/[?#]/.test(text)) return "must have no query and no fragment";
  const [, authority = "", path = ""] = /^https?:\/\/([^/]*)(.*)$/i.exec(text) ?? [];
  if (authority.includes("@")) return "must hold no user name or password";
  if (parseHost(authority) === undefined) return "must name a host";
  if (parsePrefix(path) === undefined)
    return "must have a path of letters, digits and . _ ~ - alone, without empty or dot segments";
  const base = readBase(text);
  if (base === undefined || base.host !== browserHost(text))
    return "must spell its host as a browser does in Origin";
  return base;
}

function readBase(text: string): PublicBase | undefined {
  const match = /^(https?):\/\/([^/?#@]+)([^?#]*)$/i.exec(text);
  if (match === null) return undefined;
  const [, schemeText = "", authority = "", path = ""] = match;
  const scheme = schemeText.toLowerCase() === "https" ? "https" : "http";
  const host = parseHost(authority);
  const prefix = parsePrefix(path);
  if (host === undefined || prefix === undefined) return undefined;
  return makeBase(scheme, withoutDefaultPort(scheme, host), prefix);
}

/** A browser writes `0x7f.1` as `127.0.0.1` and `[::0]` as `[::]`: an origin in another spelling would match no request's. */
function browserHost(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).host : undefined;
}

/** What was probably meant: without wrapping, blanks and query, with a whole scheme, single slashes in the path. */
function respelt(text: string): string {
  const bare = text.replace(/[\s\0-\x1f\x7f"'`<>]/g, "").replace(/[?#].*$/, "");
  const [, scheme = "https", rest = ""] =
    /^(?:(https?)(?::\/{0,2}|\/\/)|\/\/)?(.*)$/i.exec(bare) ?? [];
  return `${scheme}://${rest.replace(/\/{2,}/g, "/")}`;
}
