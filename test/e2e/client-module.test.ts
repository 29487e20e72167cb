/** The browser module in a real browser, before a gate that is a process: its cookies, its sockets, its custom elements. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { openPage, signInAs } from "../support/chromium.ts";
import { startProcess } from "./process.ts";

/** A page of the dashboard without a script of its own. */
const quietPage = "/style.css";

/** Loads the module into the page, and runs `script` with it as `gate`. */
function withModule<T>(page: Page, script: string): Promise<T> {
  return page.evaluate<T>(`(async () => {
    const gate = await import("/auth/client.js");
    ${script}
  })()`);
}

/** Opens `window.socket`; its events are kept in `window.seen`. */
function openSocket(page: Page): Promise<void> {
  return withModule(
    page,
    `window.seen = [];
    window.socket = gate.ws("/ws");
    for (const type of ["open", "message", "interrupted", "expired", "close"]) {
      socket.addEventListener(type, (event) => seen.push(event.code ? type + " " + event.code : type));
    }`,
  );
}

test("a socket connects again with a new ticket after the gate restarts, and expires with the session", async (t) => {
  const page = await openPage(t);
  if (page === undefined) return;
  const { url, gate, start } = await startProcess(t);
  const tickets: (string | null)[] = [];
  page.on("websocket", (socket) => {
    tickets.push(new URL(socket.url()).searchParams.get("ticket"));
  });

  await page.goto(url + quietPage);
  await signInAs(page, "alice");
  await page.waitForURL(url + quietPage);
  await openSocket(page);
  await page.waitForFunction(`seen.includes("message")`);
  await gate.stop();
  await page.waitForFunction(`seen.includes("interrupted 1012") && socket.readyState === 0`);
  await start();
  await page.waitForFunction(`socket.readyState === 1 && seen.at(-1) === "message"`);
  assert.ok(tickets.length >= 2 && tickets.every((ticket) => ticket?.length === 43), `${tickets}`);
  assert.equal(new Set(tickets).size, tickets.length);

  const other = await page.context().newPage();
  await other.goto(url + quietPage);
  await withModule(other, `document.body.append(document.createElement("hermes-account"));`);
  const element = other.locator("hermes-account");
  await element.getByText("Signed in as Alice Example").waitFor();
  await element.getByRole("button", { name: "Sign out" }).click();
  await other.waitForURL(`${url}/login?logged_out=1`);
  await page.waitForFunction(`seen.at(-1) === "close 4401"`);
  const seen = await page.evaluate<string[]>("seen");
  assert.deepEqual(seen.slice(-3), ["interrupted 4401", "expired", "close 4401"]);
});

test("refused calls lead to the sign-in once, and back", async (t) => {
  const page = await openPage(t);
  if (page === undefined) return;
  const { url } = await startProcess(t);
  await page.goto(`${url}${quietPage}?tab=2`);
  await signInAs(page, "alice");
  await page.waitForURL(`${url}${quietPage}?tab=2`);
  assert.equal(await withModule(page, `return (await gate.me()).user_id`), "user-alice");

  await page.context().clearCookies({ domain: "localhost" });
  const visited: string[] = [];
  page.on("framenavigated", (frame) => visited.push(frame.url()));
  const calls = `Promise.all(["a", "b", "c"].map((name) => gate.fetch("/api/echo/" + name)))`;
  const statuses = await withModule(
    page,
    `return (await ${calls}).map(({ status }) => status).join()`,
  );
  assert.equal(statuses, "401,401,401");
  const login = `${url}/login?next=%2Fstyle.css%3Ftab%3D2`;
  await page.waitForURL(login);
  assert.deepEqual(visited, [login]);
  await page.click("a.provider-btn");
  await page.waitForURL(`${url}${quietPage}?tab=2`);
});
