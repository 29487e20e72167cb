/** What a whole visit leaves in the log at its most talkative: who came and went, and nothing that opens a door. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { reachProvider, signOut } from "../support/sign-in.ts";
import { startStack } from "./stack.ts";

test("S101: no cookie, code, state, ticket or token of a visit is logged, at any level", async (t) => {
  const { url, browser, clock, log, audit } = await startStack(t);
  const alice = browser();
  const secrets: string[] = [];
  const keepCookies = () => {
    for (const { value } of alice.jar.cookiesFor(new URL(`${url}/auth/callback`))) {
      secrets.push(value);
    }
  };

  const form = await reachProvider(alice, `${url}/?view=1`);
  keepCookies();
  const landing = await alice.submit(form, { user: "alice" });
  const callback = landing.hops.find((hop) => hop.url.includes("/auth/callback?"));
  const query = new URL(callback?.url ?? "").searchParams;
  secrets.push(query.get("code") ?? "", query.get("state") ?? "");
  keepCookies();
  const minted = await alice.fetch(`${url}/api/auth/ws-ticket`, {
    method: "POST",
    headers: { origin: url, authorization: "Bearer of-the-dashboard-itself" },
  });
  const { ticket } = minted.json() as { ticket: string };
  secrets.push(ticket, "of-the-dashboard-itself");
  for (const attempt of [1, 2]) {
    const socket = alice.socket(`${url}/ws/echo?ticket=${ticket}`);
    await once(socket, attempt === 1 ? "open" : "close");
    socket.close();
  }
  await alice.fetch(`${url}/api/echo?password=in-the-query`);
  secrets.push("in-the-query");
  clock.advance(61);
  await alice.fetch(`${url}/api/whoami`);
  keepCookies();
  await signOut(alice, url);
  await alice.step(callback?.url ?? "");

  assert.ok(secrets.length >= 10 && secrets.every((secret) => secret.length > 10));
  const written = await log();
  for (const secret of new Set(secrets)) {
    assert.ok(!written.includes(secret), `the log holds ${secret.slice(0, 8)}…`);
  }
  for (const event of ["login_success", "ws_ticket_minted", "refresh_success", "logout"]) {
    assert.ok(audit().some((line) => line["event"] === event && line["ip"] === "127.0.0.1"));
  }
});
