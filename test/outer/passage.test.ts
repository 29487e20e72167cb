/**
 * Each proxy of `deploy/` with its own sample, TLS at its edge, before a gate that knows its place from the proxy's headers
 * alone: what a person does in a day works, and every name that the outside sees is the outside's.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type TestContext, test } from "node:test";
import { readEvents } from "../support/events.ts";
import { addressesOn } from "../support/page.ts";
import { hasPrograms } from "../support/programs.ts";
import { reachProvider, signIn, signOut } from "../support/sign-in.ts";
import { assertBelow, assertHops, mintTicket, ownPage, type Seen } from "./journeys.ts";
import { type OuterProxy, outerProxies, type Place, places } from "./proxies.ts";
import { limits, type OuterOptions, startOuter } from "./start-outer.ts";

interface Row {
  readonly name: string;
  readonly proxy: OuterProxy;
  readonly place: Place;
  readonly settings?: OuterOptions["settings"];
}

const fromHeaders: readonly Row[] = outerProxies.flatMap((proxy) =>
  places.map((place) => ({ name: `${proxy.name}, ${place.name}`, proxy, place })),
);
const named: readonly Row[] = fromHeaders
  .filter(({ proxy }) => proxy.sample === "nginx.conf")
  .map((row) => ({
    ...row,
    name: `${row.name}, with public_url`,
    settings: { public_url: row.place.base },
  }));
const rows: readonly Row[] = [...fromHeaders, ...named];

async function start(t: TestContext, { proxy, settings = {} }: Row, beatMs?: number) {
  return startOuter(t, proxy, { settings, ...(beatMs !== undefined && { beatMs }) });
}

for (const row of rows) {
  const { base, prefix } = row.place;
  const root = new URL(`${base}/`);

  test(
    `S17, S49: behind ${row.name}: a sign-in, a refresh past the expiry and a sign-out`,
    limits,
    async (t) => {
      if (!hasPrograms(t, row.proxy.program, "openssl")) return;
      const { browser, idp, clock } = await start(t, row);
      const alice = browser();

      const login = await alice.visit(`${base}/?view=1`);
      assert.equal(login.url, `${base}/login?next=%2F%3Fview%3D1`);
      assertHops(login.hops, base);
      const links = addressesOn(login.text);
      assert.ok(links.length > 0);
      for (const link of links) assertBelow(link, login.url, base);
      const form = await reachProvider(alice, `${base}/?view=1`);
      assert.ok(form.url.startsWith(idp.issuer), form.url);
      const landing = await alice.submit(form, { user: "alice" });
      assert.equal(landing.url, `${base}/?view=1`);
      assert.match(landing.text, /Sample dashboard/);
      assertHops(landing.hops, base);

      const shape = prefix === "" ? "__Host-" : "__Secure-";
      const session = alice.jar.cookiesFor(root);
      assert.deepEqual(
        session.map(({ name, path, secure, httpOnly }) => [name, path, secure, httpOnly]),
        ["at", "rt"].map((kind) => [`${shape}hermes_session_${kind}`, prefix || "/", true, true]),
      );
      const old = alice.jar.header(root);

      clock.advance(61);
      const late = await alice.fetch(`${base}/api/whoami`);
      assert.equal(late.status, 200, late.text);
      assert.deepEqual([late.setCookies.length, late.refusedCookies.length], [2, 0]);
      assert.notEqual(alice.jar.header(root), old);
      assert.equal((await alice.fetch(`${base}/api/whoami`)).setCookies.length, 0);
      assert.equal(idp.tokenCalls().refreshToken, 1);

      const account = await alice.step(`${base}/auth/account`);
      assert.match(account.text, /alice/);
      for (const address of addressesOn(account.text)) assertBelow(address, account.url, base);
      const out = await signOut(alice, base);
      assert.equal(out.url, `${base}/login?logged_out=1`);
      assert.equal(alice.jar.header(root), "");
      const call = await alice.fetch(`${base}/api/whoami`, {
        headers: { ...ownPage(base), referer: `${base}/?view=1` },
      });
      assert.equal(call.status, 401);
      const { login_url } = call.json() as { login_url: string };
      assert.equal(login_url, `${prefix}/login?next=%2F%3Fview%3D1`);
    },
  );

  test(
    `S76, S80: behind ${row.name}: WebSockets by ticket and by cookie, an event stream event by event`,
    limits,
    async (t) => {
      if (!hasPrograms(t, row.proxy.program, "openssl")) return;
      const { browser, clock, idp } = await start(t, row, 50);
      const alice = browser();
      await signIn(alice, { url: `${base}/` });

      const ticket = await mintTicket(alice, base);
      const first = alice.socket(`${base}/ws?ticket=${ticket}`, { headers: { cookie: "" } });
      const [hello] = await once(first, "message");
      const seen = JSON.parse(String(hello)) as Seen;
      assert.equal(seen.target, "/ws");
      assert.ok(!seen.headers.join("\n").includes(ticket));

      const stream = await alice.stream(`${base}/api/events`);
      const events = await readEvents(stream, 10);
      const counts = events.map(({ data }) => (JSON.parse(data) as { count: number }).count);
      assert.deepEqual(counts, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      const spread = (events.at(-1)?.at ?? 0) - (events[0]?.at ?? 0);
      assert.ok(spread > 200, `ten events, one each 50 ms, came within ${spread} ms`);

      clock.advance(61);
      const second = alice.socket(`${base}/ws/echo`);
      const opened = once(second, "open");
      const [upgrade] = (await once(second, "upgrade")) as [IncomingMessage];
      assert.equal(upgrade.headers["set-cookie"]?.length, 2, "the rotated cookies on the 101");
      assert.equal(idp.tokenCalls().refreshToken, 1);
      await opened;
      const large = Buffer.alloc(300_000, 7);
      second.send(large);
      assert.deepEqual(await once(second, "message"), [large, true]);

      const closed = [first, second].map(async (socket) => (await once(socket, "close"))[0]);
      await signOut(alice, base);
      assert.deepEqual(await Promise.all(closed), [4401, 4401]);
      const refused = alice.socket(`${base}/ws`);
      assert.equal((await once(refused, "close"))[0], 4401);
    },
  );
}
