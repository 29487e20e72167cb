/**
 * Whether a state-changing request comes from a page of our own, or from a program (S41). A foreign page can make a browser
 * send a form with the visitor's cookies, but not hide where it came from: `Sec-Fetch-Site` and `Origin` are the browser's own.
 */
import { type Exchange, headerOf } from "./exchange.ts";

/** `Sec-Fetch-Site` decides when it is sent, else `Origin`, else nobody's page is behind it. `null` is no origin of ours. */
export function isSameOrigin(exchange: Exchange): boolean {
  const site = headerOf(exchange, "sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = headerOf(exchange, "origin");
  return origin === undefined || origin === exchange.base.origin;
}
