/**
 * What a person does on the dashboard in one session, from the first refused request to a copied cookie that is dead after
 * sign-out. Each step throws when what it says does not hold.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type Answer, type Browser, createBrowser } from "../test/support/browser.ts";
import { readEvents } from "../test/support/events.ts";
import type { Jar } from "../test/support/jar.ts";
import { signIn, signOut } from "../test/support/sign-in.ts";

/** How often the provider was asked for tokens so far. */
export interface TokenCount {
  readonly refreshToken: number;
}

export interface Visitor {
  readonly browser: Browser;
  /** The gate, no trailing slash. */
  readonly url: string;
  readonly accessTokenSeconds: number;
  readonly tokenCalls: () => TokenCount | Promise<TokenCount>;
  /** The cookies as somebody may have copied them before the sign-out. */
  copiedJar: Jar;
}

export interface VisitStep {
  readonly name: string;
  readonly run: (visitor: Visitor) => Promise<void>;
}

export const visitSteps: readonly VisitStep[] = [
  {
    name: "without a session a page leads to the sign-in, an API call is 401",
    run: comeAsStranger,
  },
  { name: "alice signs in at the provider and lands on the page she asked for", run: enter },
  { name: "the dashboard is told who she is, and sees no cookie of the gate", run: askTheApi },
  { name: "a ticket opens a WebSocket, and the same ticket never a second", run: openSocket },
  { name: "an event stream arrives event by event", run: followEvents },
  { name: "with an expired access token 20 requests at once share one refresh", run: outliveToken },
  { name: "the rotated cookies go on", run: goOn },
  { name: "signing out closes her open WebSocket and clears the cookies", run: leave },
  { name: "a copy of her cookies from before is dead", run: comeWithCopy },
];

async function comeAsStranger({ browser, url }: Visitor): Promise<void> {
  const page = await browser.step(`${url}/?view=1`);
  assert.equal(page.status, 302);
  assert.equal(page.headers.location, "/login?next=%2F%3Fview%3D1");
  const call = await browser.fetch(`${url}/api/whoami`);
  assert.equal(call.status, 401);
  assert.equal(read(call)["error"], "unauthenticated");
}

async function enter({ browser, url }: Visitor): Promise<void> {
  const landing = await signIn(browser, { url: `${url}/?view=1` });
  assert.equal(landing.url, `${url}/?view=1`);
  assert.match(landing.text, /Sample dashboard/);
}

async function askTheApi({ browser, url }: Visitor): Promise<void> {
  const viewer = read(await browser.fetch(`${url}/api/whoami`));
  assert.equal(viewer["email"], "alice@example.com");
  const echo = await browser.fetch(`${url}/api/echo/a%2Fb?x=1`);
  assert.equal(read(echo)["target"], "/api/echo/a%2Fb?x=1");
  assert.doesNotMatch(echo.text, /hermes_session/);
}

async function openSocket(visitor: Visitor): Promise<void> {
  const { browser, url } = visitor;
  const address = `${url}/ws/echo?ticket=${await mintTicket(visitor)}`;
  const withoutCookies = { headers: { cookie: "" } };
  const socket = browser.socket(address, withoutCookies);
  await once(socket, "open");
  socket.send(Buffer.from([0, 1, 255]));
  assert.deepEqual(await once(socket, "message"), [Buffer.from([0, 1, 255]), true]);
  socket.close();
  await once(socket, "close");
  const [code] = await once(browser.socket(address, withoutCookies), "close");
  assert.equal(code, 4401);
}

async function followEvents({ browser, url }: Visitor): Promise<void> {
  const [first, second] = await readEvents(await browser.stream(`${url}/api/events`), 2);
  assert.ok(first !== undefined && second !== undefined);
  assert.ok(second.at - first.at > 500, `only ${second.at - first.at} ms between two events`);
}

async function outliveToken(visitor: Visitor): Promise<void> {
  const { browser, url, accessTokenSeconds, tokenCalls } = visitor;
  const held = browser.jar.header(new URL(url));
  await new Promise((resolve) => setTimeout(resolve, accessTokenSeconds * 1000 + 500));
  const calls = (await tokenCalls()).refreshToken;
  const asked = Array.from({ length: 20 }, () => browser.fetch(`${url}/api/whoami`));
  const statuses = new Set((await Promise.all(asked)).map(({ status }) => status));
  assert.deepEqual([...statuses], [200]);
  assert.equal((await tokenCalls()).refreshToken - calls, 1);
  assert.notEqual(browser.jar.header(new URL(url)), held);
}

async function goOn(visitor: Visitor): Promise<void> {
  const { browser, url } = visitor;
  const me = read(await browser.fetch(`${url}/api/auth/me`));
  assert.equal(me["display_name"], "Alice Example");
  assert.ok(Number(me["expires_at"]) > Date.now() / 1000);
  visitor.copiedJar = browser.jar.copy();
}

async function leave(visitor: Visitor): Promise<void> {
  const { browser, url } = visitor;
  const socket = browser.socket(`${url}/ws?ticket=${await mintTicket(visitor)}`);
  await once(socket, "message");
  const closed = once(socket, "close");
  const page = await signOut(browser, url);
  assert.equal(page.url, `${url}/login?logged_out=1`);
  assert.equal((await closed)[0], 4401);
  assert.doesNotMatch(browser.jar.header(new URL(url)), /hermes_session/);
}

async function comeWithCopy({ url, copiedJar }: Visitor): Promise<void> {
  assert.match(copiedJar.header(new URL(url)), /hermes_session_at/);
  const stranger = createBrowser({ jar: copiedJar });
  const answer = await stranger.fetch(`${url}/api/whoami`);
  stranger.close();
  assert.equal(answer.status, 401);
  assert.equal(read(answer)["error"], "session_expired");
}

async function mintTicket({ browser, url }: Visitor): Promise<string> {
  const headers = { origin: url, "sec-fetch-site": "same-origin" };
  const answer = await browser.fetch(`${url}/api/auth/ws-ticket`, { method: "POST", headers });
  assert.equal(answer.status, 200, answer.text);
  return String(read(answer)["ticket"]);
}

function read(answer: Answer): Readonly<Record<string, unknown>> {
  const value = answer.json();
  assert.ok(typeof value === "object" && value !== null, `no JSON object: ${answer.text}`);
  return Object.fromEntries(Object.entries(value));
}
