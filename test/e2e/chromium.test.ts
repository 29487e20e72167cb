/** The visit in a real browser: its cookie rules, its Sec-Fetch headers, its Content-Security-Policy, its WebSockets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { openPage, signInAs } from "../support/chromium.ts";
import { startStack } from "./stack.ts";

/** Waits until the element shows a text like this. */
function shown(page: Page, selector: string, text: RegExp): Promise<void> {
  return page.locator(selector).filter({ hasText: text }).waitFor();
}

/** What the browser complains of: script errors and breaches of the Content-Security-Policy. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    const { url } = message.location();
    // Asked for by the browser itself, without a session.
    if (message.type() !== "error" || url.endsWith("/favicon.ico")) return;
    complaints.push(`${message.text()} ${url}`);
  });
  return complaints;
}

test("a person signs in, watches the clock across an expiry, and signs out", async (t) => {
  const page = await openPage(t);
  if (page === undefined) return;
  const { url, idp } = await startStack(t, { accessTokenSeconds: 3, beatMs: 200 });
  const complaints = complaintsOf(page);

  await page.goto(`${url}/?view=1`);
  assert.equal(page.url(), `${url}/login?next=%2F%3Fview%3D1`);
  await signInAs(page, "alice");
  await page.waitForURL(`${url}/?view=1`);
  await shown(page, "#viewer-name", /^alice$/);

  const ticks = async (): Promise<number> => {
    const text = (await page.textContent("#socket-state")) ?? "";
    return Number(/(\d+) ticks on this one socket/.exec(text)?.[1] ?? 0);
  };
  await shown(page, "#socket-state", /\d+ ticks/);
  const early = await ticks();
  await shown(page, "#rotations", /^[2-9]$/);
  const late = await ticks();
  assert.ok(late > early + 10, `the one socket ticked on from ${early} to ${late}`);
  assert.ok(idp.tokenCalls().refreshToken >= 2);
  assert.equal(await page.textContent("#socket-target"), "GET /ws");

  await page.click("#echo-form button");
  await shown(page, "#echo-result", /and 4 bytes/);
  assert.deepEqual(complaints, []);

  await page.click("#sign-out");
  await page.waitForURL(`${url}/login?logged_out=1`);
  assert.deepEqual(
    (await page.context().cookies(url)).filter(({ name }) => name.includes("hermes_session")),
    [],
  );
  await page.goto(`${url}/`);
  assert.equal(page.url(), `${url}/login?next=%2F`);
});
