import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "../../src/store/contract.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { ticketShape } from "../../src/ticket/extract.ts";
import { createTickets } from "../../src/ticket/tickets.ts";
import { sessionAt } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

function parts() {
  const runtime = testRuntime();
  const kept: [string, string][] = [];
  const taken: string[] = [];
  const memory = createMemoryStore({ runtime });
  const store: Store = {
    ...memory,
    put(key, value, ttlMs) {
      kept.push([key, value]);
      return memory.put(key, value, ttlMs);
    },
    take(key) {
      taken.push(key);
      return memory.take(key);
    },
  };
  const ended = new Set<string>();
  /** The tickets of a gate with these secrets, on the same store. */
  const ticketsOf = (...secrets: readonly string[]) =>
    createTickets({ store, runtime, secrets, ttlMs: 30_000, isEnded: (id) => ended.has(id) });
  const tickets = ticketsOf("ours");
  return { runtime, kept, taken, ended, tickets, ticketsOf, session: sessionAt(runtime.now()) };
}

test("S76: gives the holder of a ticket, with the session it was minted for", async () => {
  const { tickets, session } = parts();
  const own = { ...session, accessToken: "at", refreshToken: "rt", idToken: "id" };
  const ticket = await tickets.mint(own, true);
  assert.ok(ticketShape(ticket));
  assert.deepEqual(await tickets.redeem(ticket), {
    session: { ...session, accessToken: "at" },
    hasRefreshToken: true,
  });
});

test("S76: redeems a ticket once, one after the other and at once", async () => {
  const { tickets, session } = parts();
  const ticket = await tickets.mint(session, false);
  const holders = await Promise.all(Array.from({ length: 50 }, () => tickets.redeem(ticket)));
  assert.equal(holders.filter((holder) => holder !== undefined).length, 1);
  assert.equal(await tickets.redeem(ticket), undefined);
});

test("S76: redeems no ticket after its time", async () => {
  const { runtime, tickets, session } = parts();
  const [one, two] = [await tickets.mint(session, false), await tickets.mint(session, false)];
  runtime.pass(29_999);
  assert.ok(await tickets.redeem(one));
  runtime.pass(1);
  assert.equal(await tickets.redeem(two), undefined);
});

test("S76: redeems no ticket of a session that ended, and spends it", async () => {
  const { ended, tickets, session } = parts();
  const ticket = await tickets.mint(session, true);
  ended.add(session.id);
  assert.equal(await tickets.redeem(ticket), undefined);
  ended.delete(session.id);
  assert.equal(await tickets.redeem(ticket), undefined);
});

test("S76: redeems no ticket beyond an AT-only session's token, but beyond a refreshable one's", async () => {
  const { runtime, tickets, session } = parts();
  const short = { ...session, expiresAt: runtime.now() + 10_000 };
  const [only, refreshable] = [await tickets.mint(short, false), await tickets.mint(short, true)];
  runtime.pass(10_000);
  assert.equal(await tickets.redeem(only), undefined);
  assert.ok(await tickets.redeem(refreshable));
});

test("S76: redeems no ticket beyond the session's absolute end", async () => {
  const { runtime, tickets, session } = parts();
  const ticket = await tickets.mint({ ...session, endsAt: runtime.now() + 10_000 }, true);
  runtime.pass(10_000);
  assert.equal(await tickets.redeem(ticket), undefined);
});

test("redeems nothing that was never minted, and asks the store for no other shape", async () => {
  const { taken, tickets } = parts();
  for (const ticket of ["", "x", "A".repeat(43), "A".repeat(42), `${"A".repeat(43)}\n`]) {
    assert.equal(await tickets.redeem(ticket), undefined);
  }
  assert.equal(taken.length, 1);
});

test("makes no tickets without a secret", () => {
  const { ticketsOf } = parts();
  assert.throws(() => ticketsOf(), { message: /^"secrets" must hold the secret/ });
});

test("S101: shows the store neither ticket nor token nor identity", async () => {
  const { kept, tickets, session } = parts();
  const ticket = await tickets.mint({ ...session, accessToken: "token-marker" }, true);
  const [[key, value] = ["", ""]] = kept;
  assert.ok(key !== "" && !key.includes(ticket) && !value.includes(ticket));
  const bytes = Buffer.from(value, "base64").toString("latin1");
  for (const text of [key, value, bytes]) assert.doesNotMatch(text, /token-marker|ada|session-one/);
});

test("refuses what the store gives back as something else than was put", async () => {
  const runtime = testRuntime();
  const memory = createMemoryStore({ runtime });
  const store: Store = { ...memory, take: async () => Buffer.alloc(64).toString("base64") };
  const options = { store, runtime, secrets: ["ours"], ttlMs: 30_000, isEnded: () => false };
  const tickets = createTickets(options);
  const ticket = await tickets.mint(sessionAt(runtime.now()), true);
  assert.equal(await tickets.redeem(ticket), undefined);
});

test("redeems no ticket of another gate on the same store, and spends it", async () => {
  const { tickets, ticketsOf, session } = parts();
  const ticket = await ticketsOf("theirs").mint(session, true);
  assert.equal(await tickets.redeem(ticket), undefined);
  assert.equal(await ticketsOf("theirs").redeem(ticket), undefined);
});

test("redeems tickets of an older secret while that is still listed", async () => {
  const { tickets, ticketsOf, session } = parts();
  const ticket = await tickets.mint(session, true);
  assert.ok(await ticketsOf("new", "ours").redeem(ticket));
});
