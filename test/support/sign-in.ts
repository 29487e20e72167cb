/** A whole sign-in and sign-out as a person does them, through the gate's page and the provider's own form. */
import assert from "node:assert/strict";
import type { Answer, Browser } from "./browser.ts";
import { linkWithClass } from "./page.ts";

export interface SignIn {
  /** The page that the person asks for first. */
  readonly url: string;
  /** A name that the demo's identity provider knows. Default `alice`. */
  readonly user?: string;
}

/** Signs in and returns the landing with all its hops. Throws when any page on the way is not the expected one. */
export async function signIn(browser: Browser, { url, user = "alice" }: SignIn): Promise<Answer> {
  const form = await reachProvider(browser, url);
  if (!form.text.includes('name="user"')) return form;
  const landing = await browser.submit(form, { user });
  assert.equal(landing.status, 200, `the landing ${landing.url} says: ${landing.text}`);
  return landing;
}

/** Goes from the page that was asked for to the provider's form, or past it where the provider knows the browser. */
export async function reachProvider(browser: Browser, url: string): Promise<Answer> {
  const login = await browser.visit(url);
  assert.match(new URL(login.url).pathname, /\/login$/, `${url} led to ${login.url}`);
  const begin = new URL(linkWithClass(login.text, "provider-btn"), login.url).href;
  return browser.visit(begin, { headers: { "sec-fetch-site": "same-origin" } });
}

/** Signs out as the gate's own form does: a POST of a page of the same origin. `base` has no trailing slash. */
export function signOut(browser: Browser, base: string): Promise<Answer> {
  return browser.visit(`${base}/auth/logout`, {
    method: "POST",
    headers: { origin: new URL(base).origin, "sec-fetch-site": "same-origin" },
  });
}
