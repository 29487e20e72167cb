/**
 * Whether a person is waiting for a page, or a program for an answer (contract 3). A login redirect is of use to the former
 * alone: a script that follows one gets HTML where it asked for JSON, and a dashboard that polls loops (S30).
 */
import { type Exchange, headerOf } from "./exchange.ts";

/** True for a navigation to a page whose path is under none of these prefixes. */
export function isPageNavigation(exchange: Exchange, apiPrefixes: readonly string[]): boolean {
  return wantsHtml(exchange) && !isUnderAny(exchange.target.path, apiPrefixes);
}

/**
 * True when a browser says that it navigates a tab to a document, or a client that sends no `Sec-Fetch-*` names HTML in
 * `Accept`. `*` names nothing, and whoever sends `X-Requested-With` is a script.
 */
export function wantsHtml(exchange: Exchange): boolean {
  const { headers } = exchange;
  if (headers["x-requested-with"] !== undefined) return false;
  const mode = headers["sec-fetch-mode"];
  const destination = headers["sec-fetch-dest"];
  if (mode !== undefined) {
    return mode === "navigate" && (destination === undefined || destination === "document");
  }
  if (destination !== undefined || sendsFetchMetadata(exchange)) return false;
  return namesHtml(headerOf(exchange, "accept") ?? "");
}

/** True when the path is below a prefix that ends in `/`, or is another prefix or below it. */
export function isUnderAny(path: string, prefixes: readonly string[]): boolean {
  for (const prefix of prefixes) {
    if (!path.startsWith(prefix)) continue;
    if (prefix.endsWith("/") || path.length === prefix.length) return true;
    if (path.charAt(prefix.length) === "/") return true;
  }
  return false;
}

function sendsFetchMetadata({ headers }: Exchange): boolean {
  return headers["sec-fetch-site"] !== undefined || headers["sec-fetch-user"] !== undefined;
}

function namesHtml(accept: string): boolean {
  return accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    if (type !== "text/html" && type !== "application/xhtml+xml") return false;
    return !parameters.some((parameter) => /^q *= *0(?:\.0*)?$/.test(parameter));
  });
}
