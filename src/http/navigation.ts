/**
 * What kind of answer the client can use (contract 3): a person who navigates gets pages and redirects, a program gets JSON.
 * An event stream, a script's fetch or a preflight that is redirected to a login page breaks in ways that nobody sees.
 */
import { type Exchange, headerOf } from "./exchange.ts";

/** True for a page navigation outside the API prefixes. */
export function isPageNavigation(exchange: Exchange, apiPrefixes: readonly string[]): boolean {
  const { path } = exchange.target;
  if (apiPrefixes.some((prefix) => path.startsWith(prefix))) return false;
  return navigates(exchange);
}

/** True when a browser navigates to a document, or a client without `Sec-Fetch-*` names HTML in `Accept`. */
export function navigates(exchange: Exchange): boolean {
  const { headers, method } = exchange;
  if (method === "OPTIONS" || headers["x-requested-with"] !== undefined) return false;
  const mode = headers["sec-fetch-mode"];
  const destination = headers["sec-fetch-dest"];
  if (mode !== undefined) {
    return mode === "navigate" && (destination === undefined || destination === "document");
  }
  if (destination !== undefined || headers["sec-fetch-site"] !== undefined) return false;
  return namesHtml(headerOf(exchange, "accept") ?? "");
}

function namesHtml(accept: string): boolean {
  return accept
    .toLowerCase()
    .split(",")
    .map((range) => range.split(";", 1)[0]?.trim())
    .some((type) => type === "text/html" || type === "application/xhtml+xml");
}
