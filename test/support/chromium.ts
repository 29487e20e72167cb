/** A real browser for tests: Debian's Chromium, or the one at `CHROMIUM_PATH`. */
import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import { chromium, type Page } from "playwright-core";
import { notRun } from "./programs.ts";

const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

/** A page of a fresh browser, undefined when there is no Chromium here. On CI that is a failure. `flags` are Chromium's own. */
export async function openPage(
  t: TestContext,
  flags: readonly string[] = [],
): Promise<Page | undefined> {
  if (!existsSync(executablePath)) {
    notRun(t, `no Chromium at ${executablePath}; apt-get install chromium, or set CHROMIUM_PATH`);
    return undefined;
  }
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", ...flags] });
  t.after(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}

/** Fills in the demo provider's form, from the gate's sign-in page on. */
export async function signInAs(page: Page, name: string): Promise<void> {
  await page.click("a.provider-btn");
  await page.fill("#user", name);
  await page.click("button.primary");
}
