import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailable } from "../../src/store/contract.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import {
  cookiesOf,
  createTestGate,
  fetches,
  fieldsOf,
  type GateBrowser,
  replyOf,
  signedInAt,
} from "../support/gate.ts";

const away = () => Promise.reject(new StoreUnavailable("away"));
const mint = async (browser: GateBrowser) =>
  replyOf(await browser.ask("/api/auth/ws-ticket", { method: "POST", headers: fetches }));

test("S76: mints a ticket of 32 random bytes that opens one upgrade of this session", async () => {
  const parts = createTestGate({ websocket: { ticketTtlSeconds: 7 } });
  const browser = await signedInAt(parts);
  const reply = await mint(browser);
  assert.equal(reply.status, 200);
  const { ticket, ...rest } = JSON.parse(reply.body);
  assert.deepEqual(rest, { ttl_seconds: 7 });
  assert.match(ticket, /^[A-Za-z0-9_-]{43}$/);
  const holder = await parts.tickets.redeem(ticket);
  assert.equal(holder?.session.identity.userId, "ada");
  assert.equal(await parts.tickets.redeem(ticket), undefined);
  assert.deepEqual(parts.audited.at(-1), {
    event: "ws_ticket_minted",
    fields: { provider: "idp", user_id: "ada" },
  });
  assert.ok(!JSON.stringify([parts.audited, parts.logged]).includes(ticket));
});

test("refreshes first when the access token has expired, and sends the rotated cookies", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts);
  parts.runtime.pass(61_000);
  const reply = await mint(browser);
  assert.equal(reply.status, 200);
  assert.equal(cookiesOf(reply).set.length, 2);
});

test("mints nothing without a session", async () => {
  const parts = createTestGate();
  const reply = await mint(parts.browser());
  assert.equal(reply.status, 401);
  assert.doesNotMatch(reply.body, /"ticket"/);
});

test("mints nothing for an account that allow does not admit, and keeps its rotated cookies", async () => {
  const parts = createTestGate({ allow: { global: { emails: [] } } });
  const browser = await signedInAt(parts);
  assert.equal((await mint(browser)).status, 403);
  parts.runtime.pass(61_000);
  const reply = await mint(browser);
  assert.equal(reply.status, 403);
  assert.equal(cookiesOf(reply).set.length, 2);
  assert.ok(!parts.audited.some(({ event }) => event === "ws_ticket_minted"));
});

test("is 503 with --insecure", async () => {
  const browser = createTestGate({ insecure: true }).browser();
  await assert.rejects(mint(browser), { code: "no_provider" });
});

test("while the store is away no ticket is minted: 503 with Retry-After and the rotated cookies", async () => {
  const parts = createTestGate({
    store: (runtime) => ({ ...createMemoryStore({ runtime }), put: away }),
  });
  const browser = await signedInAt(parts);
  parts.runtime.pass(61_000);
  const reply = await mint(browser);
  assert.equal(reply.status, 503);
  assert.equal(JSON.parse(reply.body).error, "store_unavailable");
  assert.deepEqual(fieldsOf(reply, "retry-after"), ["5"]);
  assert.deepEqual([cookiesOf(reply).set.length, cookiesOf(reply).deleted.length], [2, 0]);
  assert.ok(!parts.audited.some(({ event }) => event === "ws_ticket_minted"));
});

test("a bug of the store is no outage", async () => {
  const bug = () => Promise.reject(new TypeError("a bug"));
  const parts = createTestGate({
    store: (runtime) => ({ ...createMemoryStore({ runtime }), put: bug }),
  });
  await assert.rejects(mint(await signedInAt(parts)), TypeError);
});
