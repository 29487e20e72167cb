/** A dashboard's own WebSockets through the gate: what opens one, what never does, and what ends it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { WebSocket } from "ws";
import type { Browser } from "../support/browser.ts";
import { refusal } from "../support/refusal.ts";
import { signIn, signOut } from "../support/sign-in.ts";
import { type StackOptions, startStack } from "./stack.ts";

async function signedIn(t: TestContext, options: StackOptions = {}) {
  const stack = await startStack(t, options);
  const alice = stack.browser();
  await signIn(alice, { url: `${stack.url}/` });
  return { ...stack, alice };
}

async function mint(browser: Browser, url: string): Promise<string> {
  const answer = await browser.fetch(`${url}/api/auth/ws-ticket`, {
    method: "POST",
    headers: { origin: url, "sec-fetch-site": "same-origin" },
  });
  assert.equal(answer.status, 200, answer.text);
  return (answer.json() as { ticket: string }).ticket;
}

async function assertEchoes(socket: WebSocket): Promise<void> {
  await once(socket, "open");
  for (const [data, isBinary] of [
    ["grüße", false],
    [Buffer.from([0, 1, 254, 255]), true],
    [Buffer.alloc(1_000_000, 7), true],
  ] as const) {
    socket.send(data);
    assert.deepEqual(await once(socket, "message"), [Buffer.from(data), isBinary]);
  }
}

async function hello(socket: WebSocket): Promise<{ target: string; headers: string[] }> {
  const [data] = await once(socket, "message");
  return JSON.parse(String(data));
}

/** A program: no Origin, no cookies. */
const program = { origin: "", cookie: "" };

test("S76: a ticket opens a socket once, for text and binary alike, and never twice", async (t) => {
  const { url, alice, audit } = await signedIn(t);
  const address = `${url}/ws/echo?ticket=${await mint(alice, url)}`;
  const socket = alice.socket(address, { headers: { cookie: "" } });
  await assertEchoes(socket);
  assert.equal(await refusal(alice.socket(address)), 4401, "with cookies: a ticket decides alone");
  assert.equal(await refusal(alice.socket(address, { headers: program })), 401);
  socket.close();
  assert.deepEqual(
    audit()
      .map(({ event }) => event)
      .filter((event) => String(event).startsWith("ws_")),
    ["ws_ticket_minted", "ws_ticket_rejected", "ws_ticket_rejected"],
  );
});

test("S76: a ticket is good at 29 seconds and dead at 31", async (t) => {
  const { url, alice, clock } = await signedIn(t, { accessTokenSeconds: 600 });
  const [first, second] = [await mint(alice, url), await mint(alice, url)];
  clock.advance(29);
  const early = alice.socket(`${url}/ws?ticket=${first}`, { headers: program });
  await hello(early);
  early.close();
  clock.advance(2);
  assert.equal(
    await refusal(alice.socket(`${url}/ws?ticket=${second}`, { headers: program })),
    401,
  );
});

test("S78: the dashboard sees the URL and the protocols without the ticket, all else as sent", async (t) => {
  const { url, alice } = await signedIn(t);
  const inQuery = alice.socket(`${url}/ws?room=%41&ticket=${await mint(alice, url)}&x=1`);
  const seen = await hello(inQuery);
  assert.equal(seen.target, "/ws?room=%41&x=1");
  assert.doesNotMatch(seen.headers.join("\n"), /hermes_session|ticket/);
  inQuery.close();

  const ticket = await mint(alice, url);
  const inProtocol = alice.socket(`${url}/ws`, {
    protocols: ["app", `hermes-gate.ticket.${ticket}`],
    headers: { cookie: "" },
  });
  const told = await hello(inProtocol);
  assert.equal(inProtocol.protocol, "app");
  assert.ok(!told.headers.join("\n").includes(ticket));
  inProtocol.close();
});

test("a browser's own cookies and origin open a socket, and refresh on the way", async (t) => {
  const { url, alice, clock, idp } = await signedIn(t);
  await assertEchoes(alice.socket(`${url}/ws/echo`));
  clock.advance(61);
  const socket = alice.socket(`${url}/ws`);
  const [response] = (await once(socket, "upgrade")) as [IncomingMessage];
  assert.equal(response.headers["set-cookie"]?.length, 2, "the rotated cookies ride on the 101");
  await hello(socket);
  assert.equal(idp.tokenCalls().refreshToken, 1);
  socket.close();
});

const refusals = [
  { name: "a foreign origin", headers: { origin: "https://evil.example" }, code: 4403 },
  {
    name: "a foreign origin with a good ticket",
    headers: { origin: "https://evil.example" },
    ticket: true,
    code: 4403,
  },
  { name: "the right origin and no credential", headers: { cookie: "" }, code: 4401 },
  { name: "no origin and no credential", headers: program, code: 401 },
  { name: "no origin, but cookies", headers: { origin: "" }, code: 403 },
  { name: "an opaque origin with cookies", headers: { origin: "null" }, code: 4403 },
] as const;

for (const { name, headers, code, ...rest } of refusals) {
  test(`S74, S75: an upgrade with ${name} is refused ${code}`, async (t) => {
    const { url, alice } = await signedIn(t);
    const query = "ticket" in rest ? `?ticket=${await mint(alice, url)}` : "";
    assert.equal(await refusal(alice.socket(`${url}/ws${query}`, { headers })), code);
  });
}

test("S75: a wrong origin spends no ticket", async (t) => {
  const { url, alice } = await signedIn(t);
  const address = `${url}/ws?ticket=${await mint(alice, url)}`;
  const evil = { origin: "https://evil.example" };
  assert.equal(await refusal(alice.socket(address, { headers: evil })), 4403);
  const socket = alice.socket(address);
  await hello(socket);
  socket.close();
});

test("websocket.auth: [ticket] refuses cookies and takes tickets", async (t) => {
  const { url, alice } = await signedIn(t, { settings: { websocket: { auth: ["ticket"] } } });
  assert.equal(await refusal(alice.socket(`${url}/ws`)), 4401);
  const socket = alice.socket(`${url}/ws?ticket=${await mint(alice, url)}`);
  await hello(socket);
  socket.close();
});

test("an expired session whose provider is down is refused 1013, and keeps its cookies", async (t) => {
  const { url, alice, clock, idp } = await signedIn(t);
  clock.advance(61);
  await idp.stop();
  assert.equal(await refusal(alice.socket(`${url}/ws`)), 1013);
  await idp.start();
  const socket = alice.socket(`${url}/ws`);
  await hello(socket);
  socket.close();
});

test("S82: signing out closes the session's sockets 4401 and ends its event streams, and no one else's", async (t) => {
  const { url, alice, browser } = await signedIn(t);
  const bob = browser();
  await signIn(bob, { url: `${url}/`, user: "bob" });
  const [mine, his] = [alice.socket(`${url}/ws`), bob.socket(`${url}/ws`)];
  await Promise.all([hello(mine), hello(his)]);
  const stream = await alice.stream(`${url}/api/events`);
  stream.resume();
  const streamEnded = once(stream, "close");
  const closed = once(mine, "close");

  await signOut(alice, url);

  assert.equal((await closed)[0], 4401);
  await streamEnded;
  await once(his, "message");
  assert.equal(his.readyState, his.OPEN);
  his.close();
});

test("S77: a GET mints no ticket, nor does a POST from another site", async (t) => {
  const { url, alice } = await signedIn(t);
  assert.equal((await alice.fetch(`${url}/api/auth/ws-ticket`)).status, 405);
  const crossSite = await alice.fetch(`${url}/api/auth/ws-ticket`, {
    method: "POST",
    headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
  });
  assert.equal(crossSite.status, 403);
  assert.doesNotMatch(crossSite.text, /"ticket"/);
});
