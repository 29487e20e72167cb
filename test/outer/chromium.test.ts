/** A real browser before each proxy: HTTP/2, its own rules for `__Host-` and `__Secure-`, forms under the pages' policy. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { openPage, signInAs } from "../support/chromium.ts";
import { hasPrograms } from "../support/programs.ts";
import { outerProxies, places } from "./proxies.ts";
import { startOuter } from "./start-outer.ts";

function shown(page: Page, selector: string, text: RegExp): Promise<void> {
  return page.locator(selector).filter({ hasText: text }).waitFor();
}

/** Each proxy at another place: what the places have in common, the other tests show. */
const rows = outerProxies.flatMap((proxy, at) => {
  const place = places[(at + 1) % places.length];
  return place === undefined ? [] : [{ proxy, place }];
});

for (const { proxy, place } of rows) {
  const { base } = place;

  test(`S49: in Chromium, behind ${proxy.name}, ${place.name}, a person signs in, watches and signs out`, {
    timeout: 90_000,
  }, async (t) => {
    if (!hasPrograms(t, proxy.program, "openssl")) return;
    const { port } = await startOuter(t, proxy, { beatMs: 100 });
    const page = await openPage(t, [
      `--host-resolver-rules=MAP ${new URL(base).hostname}:443 127.0.0.1:${port}`,
      "--ignore-certificate-errors",
      "--no-proxy-server",
    ]);
    if (page === undefined) return;
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));

    await page.goto(`${base}/?view=1`);
    assert.equal(page.url(), `${base}/login?next=%2F%3Fview%3D1`);
    const asked = `performance.getEntriesByType("navigation")[0].nextHopProtocol`;
    assert.equal(await page.evaluate(asked), "h2");
    await signInAs(page, "alice");
    await page.waitForURL(`${base}/?view=1`);
    await shown(page, "#viewer-name", /^alice$/);
    await shown(page, "#socket-state", /[2-9] ticks/);
    await shown(page, "#stream-state", /[2-9] events/);
    const names = (await page.context().cookies(`${base}/`)).map(({ name }) => name).sort();
    const shape = place.prefix === "" ? "__Host-" : "__Secure-";
    assert.deepEqual(names, [`${shape}hermes_session_at`, `${shape}hermes_session_rt`]);
    assert.deepEqual(complaints, []);

    await page.click("#sign-out");
    await page.waitForURL(`${base}/login?logged_out=1`);
    assert.deepEqual(await page.context().cookies(`${base}/`), []);
  });
}
