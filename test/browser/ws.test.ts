/** The WebSocket of the browser module: a new ticket for each connection, and what each close code leads to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../src/browser/client.ts";
import {
  type Answer,
  type Answers,
  account,
  base,
  createFakePage,
  settled,
  signedOut,
} from "./fake-page.ts";

const minted = (ticket: string): Answer => ({ status: 200, body: { ticket, ttl_seconds: 30 } });
const alive: Answer = { status: 200, body: account };
const socketEvents = ["open", "message", "error", "interrupted", "expired", "close"];

/** A socket of a page, with its events as `close 4401`; by default tickets t-1, t-2, ... and a live session. */
async function open(over: Answers = {}, url = "ws?view=1") {
  const tickets = Array.from({ length: 20 }, (_, index) => minted(`t-${index + 1}`));
  const fake = createFakePage({ "api/auth/ws-ticket": tickets, "api/auth/me": alive, ...over });
  const socket = createClient(base, fake.page).ws(url, ["app"]);
  const seen: string[] = [];
  for (const type of socketEvents) {
    socket.addEventListener(type, (event) => {
      seen.push(event instanceof CloseEvent ? `${type} ${event.code}` : type);
    });
  }
  await settled();
  const last = () => fake.sockets.at(-1);
  return {
    ...fake,
    ...{ socket, seen, last },
    meAsked: () => fake.asked.filter((line) => line === "GET api/auth/me").length,
    /** The connection ends, and if a next one is due, the wait for it passes. */
    async ends(code: number) {
      last()?.ends(code);
      await settled();
      for (const timer of fake.timers.splice(0)) timer.run();
      await settled();
    },
  };
}

test("connects beside the page with a ticket behind the query, and offers the protocols", async () => {
  const { socket, last } = await open();
  assert.equal(last()?.url, "wss://dash.example/hermes/sessions/ws?view=1&ticket=t-1");
  assert.deepEqual(last()?.protocols, ["app"]);
  assert.equal(socket.url, "wss://dash.example/hermes/sessions/ws?view=1");
});

test("a ticket opens the query of a URL without one, and a fragment is dropped", async () => {
  const { last } = await open({}, "https://dash.example/live%20data#part");
  assert.equal(last()?.url, "wss://dash.example/live%20data?ticket=t-1");
});

for (const url of [
  "wss://evil.example/ws",
  "//evil.example/ws",
  "ws://dash.example/ws",
  "wss://dash.example:8443/",
]) {
  test(`S33: hands no ticket to ${url}`, async () => {
    const fake = createFakePage();
    const client = createClient(base, fake.page);
    assert.throws(() => client.ws(url), TypeError);
    assert.throws(() => client.ticketUrl(url), TypeError);
    await settled();
    assert.deepEqual(fake.asked, []);
  });
}

test("has the surface of a WebSocket", async () => {
  const { socket, last, seen } = await open();
  const heard: string[] = [];
  socket.onopen = () => heard.push("open");
  socket.onmessage = ({ data, origin }) => heard.push(`${data} from ${origin}`);
  socket.onclose = ({ code, reason, wasClean }) => heard.push(`${code} ${reason} ${wasClean}`);
  assert.deepEqual([socket.CONNECTING, socket.OPEN, socket.CLOSING, socket.CLOSED], [0, 1, 2, 3]);
  assert.equal(socket.readyState, socket.CONNECTING);
  assert.throws(() => socket.send("early"), { name: "InvalidStateError" });
  last()?.onopen?.();
  assert.equal(socket.readyState, socket.OPEN);
  assert.deepEqual([socket.protocol, socket.extensions, socket.bufferedAmount], ["app", "", 7]);
  socket.send("hello");
  assert.deepEqual(last()?.sent, ["hello"]);
  last()?.onmessage?.({ data: "hi", origin: "wss://dash.example" });
  last()?.onerror?.();
  assert.throws(() => socket.close(1001), { name: "InvalidAccessError" });
  socket.close(3001, "done");
  assert.equal(socket.readyState, socket.CLOSING);
  assert.deepEqual(last()?.closed, [[3001, "done"]]);
  last()?.ends(3001, "done");
  assert.equal(socket.readyState, socket.CLOSED);
  assert.deepEqual(heard, ["open", "hi from wss://dash.example", "3001 done true"]);
  assert.deepEqual(seen, ["open", "message", "error", "close 3001"]);
});

test("a binaryType holds for the next connections", async () => {
  const { socket, sockets, ends } = await open();
  socket.binaryType = "arraybuffer";
  await ends(1012);
  assert.deepEqual(
    sockets.map(({ binaryType }) => binaryType),
    ["blob", "arraybuffer"],
  );
});

test("connects again with a new ticket when the gate restarts", async () => {
  const { socket, sockets, seen, last, ends } = await open();
  last()?.onopen?.();
  await ends(1012);
  assert.equal(socket.readyState, 0);
  assert.equal(sockets.at(1)?.url.endsWith("ticket=t-2"), true);
  last()?.onopen?.();
  assert.equal(socket.readyState, 1);
  assert.deepEqual(seen, ["open", "interrupted 1012", "open"]);
});

test("waits longer each time, half a minute at most, and not all pages alike", async () => {
  const { last, timers } = await open();
  const waits: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    last()?.ends(1013);
    await settled();
    const [timer] = timers.splice(0);
    waits.push(timer?.ms ?? 0);
    timer?.run();
    await settled();
  }
  for (const [index, wait] of waits.entries()) {
    const full = Math.min(30_000, 500 * 2 ** index);
    assert.ok(wait >= full / 2 && wait < full, `${wait} in round ${index}`);
  }
  assert.equal(new Set(waits.slice(6)).size, 6);
});

const proofs = [
  {
    name: "a message",
    prove: (it: Awaited<ReturnType<typeof open>>) => it.last()?.onmessage?.({ data: "" }),
  },
  {
    name: "some seconds",
    prove: (it: Awaited<ReturnType<typeof open>>) => it.timers.splice(0)[0]?.run(),
  },
];
for (const { name, prove } of proofs) {
  test(`${name} on a connection makes the next wait short, and the next 4401 the first`, async () => {
    const it = await open();
    for (let round = 0; round < 6; round += 1) await it.ends(1013);
    await it.ends(4401);
    it.last()?.onopen?.();
    prove(it);
    it.last()?.ends(4401);
    await settled();
    assert.ok((it.timers[0]?.ms ?? 0) < 500);
    assert.equal(it.seen.includes("expired"), false);
  });
}

test("4401 asks for the session once: it is over", async () => {
  const { socket, seen, sockets, timers, ends, meAsked } = await open({
    "api/auth/me": signedOut(),
  });
  let state: number | undefined;
  socket.onexpired = () => {
    state = socket.readyState;
  };
  await ends(4401);
  assert.deepEqual(seen, ["interrupted 4401", "expired", "close 4401"]);
  assert.equal(state, 0);
  assert.equal(socket.readyState, 3);
  assert.deepEqual([meAsked(), sockets.length, timers.length], [1, 1, 0]);
});

test("4401 asks for the session once: it lives, and a second 4401 in a row is the end", async () => {
  const { seen, sockets, last, ends, meAsked } = await open();
  last()?.onopen?.();
  await ends(4401);
  assert.equal(sockets.length, 2);
  last()?.onopen?.();
  last()?.ends(4401);
  await settled();
  assert.deepEqual(seen.slice(-3), ["interrupted 4401", "expired", "close 4401"]);
  assert.equal(meAsked(), 1);
});

const lost = [
  { name: "the session lives", me: alive, again: true },
  { name: "the gate is away", me: undefined, again: true },
  { name: "the provider is", me: { status: 503 }, again: true },
  { name: "nobody is signed in", me: signedOut(), again: false },
];
for (const { name, me, again } of lost) {
  test(`1006 asks who is signed in: ${name}, so it ${again ? "connects again" : "expires"}`, async () => {
    const { seen, sockets, ends, meAsked } = await open({ "api/auth/me": me });
    await ends(1006);
    assert.equal(meAsked(), 1);
    assert.equal(sockets.length, again ? 2 : 1);
    assert.equal(seen.includes("expired"), !again);
  });
}

for (const code of [1000, 4403]) {
  test(`${code} is the end`, async () => {
    const { seen, timers, ends, meAsked } = await open();
    await ends(code);
    assert.deepEqual(seen, [`close ${code}`]);
    assert.deepEqual([meAsked(), timers.length], [0, 0]);
  });
}

const refusals: readonly { name: string; answer: Answer | undefined; seen: readonly string[] }[] = [
  { name: "401", answer: signedOut(), seen: ["interrupted 4401", "expired", "close 4401"] },
  { name: "403", answer: { status: 403 }, seen: ["close 4403"] },
  {
    name: "503",
    answer: { status: 503, body: { error: "provider_unavailable" } },
    seen: ["interrupted 1013"],
  },
  { name: "a page", answer: { status: 200, body: {} }, seen: ["interrupted 1013"] },
  { name: "no connection", answer: undefined, seen: ["interrupted 1013"] },
];
for (const { name, answer, seen } of refusals) {
  test(`without a ticket (${name}) nothing is connected`, async () => {
    const it = await open({ "api/auth/ws-ticket": answer, "api/auth/me": signedOut() });
    assert.deepEqual(it.seen, seen);
    assert.equal(it.sockets.length, 0);
    assert.equal(it.timers.length, seen.length === 1 && seen[0] !== "close 4403" ? 1 : 0);
  });
}

test("a gate without sign-in wants no ticket", async () => {
  const none = { status: 503, body: { error: "no_provider" } };
  const { last } = await open({ "api/auth/ws-ticket": none });
  assert.equal(last()?.url, "wss://dash.example/hermes/sessions/ws?view=1");
});

test("closing while the ticket is fetched connects nothing", async () => {
  const fake = createFakePage({ "api/auth/ws-ticket": minted("t-1") });
  const socket = createClient(base, fake.page).ws("/ws");
  const codes: number[] = [];
  socket.onclose = ({ code }) => codes.push(code);
  socket.close();
  await settled();
  assert.deepEqual([codes, fake.sockets.length, socket.readyState], [[1005], 0, 3]);
});

test("closing between two connections is the end", async () => {
  const { socket, last, seen, sockets, timers } = await open();
  last()?.ends(1012);
  await settled();
  assert.equal(timers.length, 1);
  socket.close(1000);
  socket.close(1000);
  await settled();
  assert.deepEqual(
    [seen, timers.length, sockets.length],
    [["interrupted 1012", "close 1000"], 0, 1],
  );
});

test("closing while the session is asked for is the end, and closes once", async () => {
  const { socket, last, seen, timers } = await open({ "api/auth/me": signedOut() });
  last()?.ends(4401);
  socket.close();
  await settled();
  assert.deepEqual([seen, timers.length], [["interrupted 4401", "close 1005"], 0]);
});

test("ticketUrl makes a URL with a new ticket at each call, and the bare one when there is none", async () => {
  const answers = [minted("t-1"), minted("t-2"), signedOut()];
  const fake = createFakePage({ "api/auth/ws-ticket": answers });
  const next = createClient(base, fake.page).ticketUrl("/ws?a=1");
  const urls = [await next(), await next(), await next()];
  const bare = "wss://dash.example/ws?a=1";
  assert.deepEqual(urls, [`${bare}&ticket=t-1`, `${bare}&ticket=t-2`, bare]);
  assert.deepEqual(fake.wentTo, []);
});
