/** Waits for an access token to expire, as far as a browser can tell. */
import assert from "node:assert/strict";
import type { Browser } from "../support/browser.ts";

/** The access cookie's life is the token's: when the browser has dropped it, the token has expired. */
export async function expired(browser: Browser, url: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (browser.jar.header(new URL(url)).includes("_at=")) {
    assert.ok(performance.now() < deadline, "the access token does not expire");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
