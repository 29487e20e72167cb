/**
 * Whether a state-changing request comes from our own pages (S41). Browsers say where a request was made, in `Sec-Fetch-Site`
 * or `Origin`; a program says neither and has no ambient credentials that a foreign page could borrow.
 */
import { type Exchange, headerOf } from "./exchange.ts";

/** False when either header names another place; `null` is another place. */
export function isSameOrigin(exchange: Exchange): boolean {
  const site = headerOf(exchange, "sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = headerOf(exchange, "origin");
  return origin === undefined || origin.toLowerCase() === exchange.base.origin;
}
