/** What the tests behind outer proxies ask again and again. */
import assert from "node:assert/strict";
import type { Answer, Browser } from "../support/browser.ts";

/** What the dashboard's echo and its `/ws` saw of a request. */
export interface Seen {
  readonly target: string;
  readonly headers: readonly string[];
}

/** All values of a field that the dashboard saw. */
export function valuesOf(seen: Seen, name: string): string[] {
  return seen.headers.filter(
    (_, at) => at % 2 === 1 && seen.headers[at - 1]?.toLowerCase() === name.toLowerCase(),
  );
}

/** An address that leads to our own origin must be below the base, with the prefix once. */
export function assertBelow(address: string, page: string, base: string): void {
  const url = new URL(address, page);
  const { origin, pathname: prefix } = new URL(base);
  const own = [origin, origin.replace("https:", "http:")].includes(url.origin);
  if (!own) return;
  const found = `${address} on ${page}`;
  assert.ok(url.href.startsWith(`${base}/`), found);
  if (prefix !== "/") assert.ok(!url.pathname.startsWith(prefix + prefix), found);
}

/** Every hop of a journey: its Location is below the base, and the browser took its cookies. */
export function assertHops(hops: readonly Answer[], base: string): void {
  for (const hop of hops) {
    const { location } = hop.headers;
    if (location !== undefined) assertBelow(location, hop.url, base);
    if (!hop.url.startsWith(base)) continue;
    assert.deepEqual(hop.refusedCookies, [], hop.url);
  }
}

/** The headers of a script on the base's own page. */
export function ownPage(base: string): Readonly<Record<string, string>> {
  return { origin: new URL(base).origin, "sec-fetch-site": "same-origin" };
}

export async function mintTicket(browser: Browser, base: string): Promise<string> {
  const headers = ownPage(base);
  const answer = await browser.fetch(`${base}/api/auth/ws-ticket`, { method: "POST", headers });
  assert.equal(answer.status, 200, answer.text);
  return (answer.json() as { ticket: string }).ticket;
}
