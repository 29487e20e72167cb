/** People who are signed in, and requests under way, while the settings change. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { test } from "node:test";
import { publicClient } from "../../demo/idp.ts";
import { signIn } from "../support/sign-in.ts";
import { startStack } from "./stack.ts";

const oldSecret = "the secret that has been there until now";
const newSecret = "the secret that is there from now on ...";
const strangeSecret = "a secret that nothing was ever sealed with";

test("S82: allow is judged anew at a reload, which ends the sockets of who is not admitted any more", async (t) => {
  const { url, browser, reload } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const socket = alice.socket(`${url}/ws`);
  t.after(() => socket.terminate());
  await once(socket, "open");
  const whoami = async () => (await alice.fetch(`${url}/api/whoami`)).status;

  await reload({ allow: { subjects: ["user-alice", "somebody-else"] } });
  assert.equal(await whoami(), 200);
  assert.equal(socket.readyState, socket.OPEN, "who is admitted still keeps it");
  const closed = once(socket, "close");
  assert.deepEqual(await reload({ allow: { subjects: ["somebody-else"] } }), {
    taken: ["allow"],
    fixed: [],
    refused: [],
  });
  const [code] = await closed;
  assert.equal(code, 4403);
  assert.equal(await whoami(), 403);

  await reload({ allow: { subjects: ["user-alice"] } });
  assert.equal(await whoami(), 200, "the session itself has not ended");
  const refused = await reload({ allow: { subjects: ["nobody"] }, audit: { file: "audit.jsonl" } });
  assert.deepEqual(refused, { taken: [], fixed: ["audit.file"], refused: [] });
  assert.equal(await whoami(), 200, "with a setting that needs a restart nothing is taken");
});

test("S56: session keys rotate under way: the first seals, all open, and one that is gone opens no more", async (t) => {
  const { url, browser, reload } = await startStack(t, {
    settings: { session: { secret: oldSecret } },
  });
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const whoami = async (who = alice) => (await who.fetch(`${url}/api/whoami`)).status;
  const socket = alice.socket(`${url}/ws`);
  t.after(() => socket.terminate());
  await once(socket, "open");
  const ticket = async () => {
    const minted = await alice.fetch(`${url}/api/auth/ws-ticket`, { method: "POST" });
    return (minted.json() as { ticket: string }).ticket;
  };
  const early = await ticket();

  const rotated = await reload({ session: { secret: [newSecret, oldSecret] } });
  assert.deepEqual(rotated.taken, ["session.secret"]);
  assert.equal(await whoami(), 200, "the old key opens still");
  const withTicket = alice.socket(`${url}/ws?ticket=${early}`, { headers: { cookie: "" } });
  t.after(() => withTicket.terminate());
  await once(withTicket, "open");
  const bob = browser();
  await signIn(bob, { url: `${url}/`, user: "bob" });
  const bobs = bob.socket(`${url}/ws`);
  t.after(() => bobs.terminate());
  await once(bobs, "open");
  assert.equal(socket.readyState, socket.OPEN, "and keeps the sockets");

  const closed = once(socket, "close");
  await reload({ session: { secret: newSecret } });
  assert.equal(await whoami(bob), 200, "what was sealed since is sealed with the new one");
  const gone = await alice.fetch(`${url}/api/whoami`);
  assert.equal(gone.status, 401);
  assert.equal((gone.json() as { error: string }).error, "session_expired");
  const [code] = await closed;
  assert.equal(code, 4401, "a socket from before the new key ends with the old one");
  assert.equal(bobs.readyState, bobs.OPEN);
});

test("S82: an event stream flows on over a reload, until one leaves none of its session's keys", async (t) => {
  const { url, browser, reload } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const stream = await alice.stream(`${url}/api/events`);
  t.after(() => stream.destroy());
  await once(stream, "data");
  await reload({ login: { title: "Another" } });
  await once(stream, "data");
  const ended = once(stream, "end");
  await reload({ session: { secret: strangeSecret } });
  await ended;
  assert.equal((await alice.fetch(`${url}/api/whoami`)).status, 401);
});

test("S82: a reload without their provider closes the sockets of its people, and of nobody else", async (t) => {
  const { url, browser, reload, idp } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const socket = alice.socket(`${url}/ws`);
  t.after(() => socket.terminate());
  await once(socket, "open");
  const client = { type: "oidc", client_id: publicClient.clientId, allow: "everyone" };
  const other = { ...client, name: "other", issuer: "https://idp.example" };

  const both = await reload({
    providers: [{ ...client, name: "demo", issuer: idp.issuer }, other],
  });
  assert.deepEqual(both.refused, []);
  await alice.fetch(`${url}/api/whoami`);
  assert.equal(socket.readyState, socket.OPEN);
  const closed = once(socket, "close");
  assert.deepEqual((await reload({ providers: [other] })).refused, []);
  const [code] = await closed;
  assert.equal(code, 4401);
  assert.equal((await alice.fetch(`${url}/api/whoami`)).status, 401);
});

test("S68: who signed out before a reload is signed out after it", async (t) => {
  const { url, browser, reload } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const copied = alice.jar.header(new URL(url));
  const me = async (cookie: string) =>
    (await browser().fetch(`${url}/api/auth/me`, { headers: { cookie } })).status;
  assert.equal(await me(copied), 200);
  const headers = { origin: new URL(url).origin, "sec-fetch-site": "same-origin" };
  await alice.fetch(`${url}/auth/logout`, { method: "POST", headers });
  await reload({ login: { title: "Another" } });
  assert.equal(await me(copied), 401);
});

test("everything that is decided anew for each request changes under way", async (t) => {
  const stack = await startStack(t);
  const { url, browser, reload, idp } = stack;
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const page = async () => (await browser().visit(`${url}/login`)).text;
  const seen = async () => (await alice.fetch(`${url}/api/echo`)).text;
  const logged = async () => (await stack.log()).split("\n").length;

  assert.deepEqual(
    (
      await reload({
        identity_headers: { "X-Webauth-User": "user_id" },
        login: { title: "Come in" },
        limits: { own_body_bytes: 1024, header_fields: 50 },
        websocket: { auth: ["ticket"] },
        log: { level: "error" },
        providers: [
          { type: "oidc", name: "demo", issuer: idp.issuer, client_id: publicClient.clientId },
          { type: "oidc", name: "second", issuer: "https://idp.example", client_id: "x" },
        ].map((provider) => ({ ...provider, allow: "everyone" })),
      })
    ).refused,
    [],
  );
  assert.match(await page(), /Come in/);
  assert.match(await page(), /provider=second/);
  assert.match(await seen(), /x-webauth-user/i);
  assert.doesNotMatch(await seen(), /x-forwarded-user/i);
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`x-${at}`, "1"]));
  assert.equal((await alice.fetch(`${url}/api/whoami`, { headers: many })).status, 431);
  const body = "x".repeat(2000);
  const post = { method: "POST", body, headers: { "content-type": "text/plain" } };
  assert.equal((await alice.fetch(`${url}/api/auth/ws-ticket`, post)).status, 413);
  const socket = alice.socket(`${url}/ws`);
  const [code] = await once(socket, "close");
  assert.equal(code, 4401, "cookies open no socket any more");
  const before = await logged();
  await alice.fetch(`${url}/api/whoami`);
  assert.equal(await logged(), before, "access lines are of level info");
});

test("a provider that people use and that cannot be built any more is told, and changes nothing", async (t) => {
  const { url, browser, reload } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const { taken, refused } = await reload({
    providers: [{ name: "demo", module: "./missing.js", allow: "everyone" }],
    login: { title: "Come in" },
  });
  assert.deepEqual(taken, []);
  assert.match(refused.join(), /^demo: .*missing\.js/);
  assert.equal((await alice.fetch(`${url}/api/whoami`)).status, 200);
  assert.doesNotMatch((await browser().visit(`${url}/login`)).text, /Come in/);
});

test("under load no request fails and no connection is dropped, however often the settings change", async (t) => {
  const { url, browser, reload, idp } = await startStack(t, {
    settings: { session: { secret: oldSecret } },
  });
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const cookie = alice.jar.header(new URL(url));
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  t.after(() => agent.destroy());
  const sockets = new Set<Socket>();
  const statuses = new Map<number, number>();
  const ask = async () => {
    const asked = request(`${url}/api/whoami`, { agent, headers: { cookie } });
    asked.once("socket", (socket) => sockets.add(socket)).end();
    const [answer]: IncomingMessage[] = await once(asked, "response");
    await once(answer?.resume() ?? asked, "end");
    const { statusCode = 0 } = answer ?? {};
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
  };
  let done = false;
  const clients = Array.from({ length: 8 }, async () => {
    while (!done) await ask();
  });
  const demo = { type: "oidc", name: "demo", issuer: idp.issuer, client_id: publicClient.clientId };
  for (let turn = 0; turn < 20; turn += 1) {
    const { taken } = await reload({
      login: { title: `Turn ${turn}` },
      providers: [{ ...demo, display_name: `Turn ${turn}` }],
      session: { secret: turn % 2 === 0 ? [newSecret, oldSecret] : [oldSecret, newSecret] },
    });
    assert.deepEqual(taken, ["login.title", "providers", "session.secret"]);
    await ask();
  }
  done = true;
  await Promise.all(clients);
  assert.deepEqual([...statuses.keys()], [200]);
  assert.equal(sockets.size, 8);
  assert.ok([...sockets].every((socket) => !socket.destroyed));
});
