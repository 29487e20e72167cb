/** Security rules that are about the gate as a whole, shown on the whole. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { refusal } from "../support/refusal.ts";
import { reachProvider, signIn } from "../support/sign-in.ts";
import { startStack } from "./stack.ts";

test("S10: what a request may not do an upgrade may not either", async (t) => {
  const { url, browser, idp, clock } = await startStack(t, {
    settings: { allow: { emails: ["bob@example.com"] } },
  });
  const [stranger, alice, bob] = [browser(), browser(), browser()];
  await alice.submit(await reachProvider(alice, `${url}/`), { user: "alice" });
  await signIn(bob, { url: `${url}/`, user: "bob" });
  const request = async (who: typeof bob) => (await who.fetch(`${url}/api/whoami`)).status;

  assert.equal(await request(bob), 200);
  const socket = bob.socket(`${url}/ws`);
  await once(socket, "message");
  socket.close();

  assert.equal(await request(stranger), 401);
  assert.equal(await refusal(stranger.socket(`${url}/ws`)), 4401);
  assert.equal(await request(alice), 403);
  assert.equal(await refusal(alice.socket(`${url}/ws`)), 4403);
  idp.revokeGrants("user-bob");
  clock.advance(61);
  assert.equal(await refusal(bob.socket(`${url}/ws`)), 4401);
  assert.equal(await request(bob), 401);
});

test("S21: an untrusted peer's X-Forwarded-Proto makes no request https", async (t) => {
  const { url, browser } = await startStack(t, { settings: { trusted_proxies: ["192.0.2.1"] } });
  const answer = await browser().step(`${url}/auth/login?provider=demo`, {
    headers: { "x-forwarded-proto": "https" },
  });
  assert.equal(answer.headers["strict-transport-security"], undefined);
  const redirectUri = new URL(answer.headers.location ?? "").searchParams.get("redirect_uri");
  assert.equal(redirectUri, `${url}/auth/callback`);
  assert.equal(answer.setCookies.length, 1);
  assert.doesNotMatch(answer.setCookies.join(), /Secure/);
});

test("S33, S38: the provider is sent a S256 challenge and nothing that the login keeps secret", async (t) => {
  const { url, browser } = await startStack(t);
  const alice = browser();
  const answer = await alice.step(`${url}/auth/login?provider=demo&next=%2Fprivate%2Fpage`);
  const authorize = new URL(answer.headers.location ?? "");
  assert.equal(authorize.searchParams.get("response_type"), "code");
  assert.equal(authorize.searchParams.get("code_challenge_method"), "S256");
  assert.equal(authorize.searchParams.get("code_challenge")?.length, 43);
  assert.equal(authorize.searchParams.has("code_verifier"), false);
  assert.doesNotMatch(authorize.href, /private/);
  for (const { value } of alice.jar.all()) assert.ok(!authorize.href.includes(value));
});

test("S51: every cookie of a sign-in is HttpOnly, SameSite=Lax and of this host alone", async (t) => {
  const { url, browser } = await startStack(t);
  const alice = browser();
  const begun = await alice.step(`${url}/auth/login?provider=demo`);
  const landing = await alice.submit(await reachProvider(alice, `${url}/`), { user: "alice" });
  const own = [begun, ...landing.hops].filter((hop) => hop.url.startsWith(url));
  const cookies = own.flatMap((hop) => hop.setCookies);
  assert.ok(cookies.length >= 4);
  for (const cookie of cookies) {
    assert.match(cookie, /; HttpOnly/);
    assert.match(cookie, /; SameSite=Lax/);
    assert.doesNotMatch(cookie, /domain/i);
  }
});

test("S65: a public path refreshes nothing, and is told of nobody", async (t) => {
  const { url, browser, idp, clock } = await startStack(t, {
    settings: { public_paths: ["/api/whoami"] },
  });
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  clock.advance(61);
  const answer = await alice.fetch(`${url}/api/whoami`);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json(), {});
  assert.deepEqual(answer.setCookies, []);
  assert.equal(idp.tokenCalls().refreshToken, 0);
});

test("S81: no field of a request chooses where it goes", async (t) => {
  const { url, browser } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const cookie = alice.jar.header(new URL(url));
  const foreign = "192.0.2.1:81";
  const answer = await browser().fetch(`${url}/api/echo/x`, {
    headers: { cookie, host: foreign, "x-forwarded-host": foreign, "x-original-url": "/y" },
  });
  assert.equal(answer.status, 200);
  assert.equal((answer.json() as { target: string }).target, "/api/echo/x");
});

test("S104: beside its own paths the gate answers nothing itself", async (t) => {
  const { url, browser } = await startStack(t);
  const alice = browser();
  for (const path of ["/metrics", "/healthz", "/readyz", "/debug", "/server-status", "/loginfoo"]) {
    assert.equal((await alice.fetch(url + path)).status, 401, path);
  }
  await signIn(alice, { url: `${url}/` });
  for (const path of ["/metrics", "/healthz", "/readyz", "/debug", "/server-status", "/loginfoo"]) {
    assert.match((await alice.fetch(url + path)).text, /sample dashboard has nothing here/, path);
  }
});

test("S106: another origin is given no CORS header by any own path", async (t) => {
  const { url, browser } = await startStack(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const headers = { origin: "https://evil.example", "access-control-request-method": "GET" };
  const paths = [
    "/login",
    "/api/auth/me",
    "/api/auth/status",
    "/api/auth/providers",
    "/auth/verify",
  ];
  for (const path of paths) {
    for (const method of ["GET", "OPTIONS"]) {
      const answer = await alice.fetch(url + path, { method, headers });
      const cors = Object.keys(answer.headers).filter((name) => name.startsWith("access-control"));
      assert.deepEqual([path, method, cors], [path, method, []]);
    }
  }
});
