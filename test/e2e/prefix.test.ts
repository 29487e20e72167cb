/** A whole sign-in below a prefix, as the outside sees it: every address, cookie and socket must carry it, once. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { type Edge, type EdgeOptions, startEdge } from "../support/edge.ts";
import { addressesOn } from "../support/page.ts";
import { reachProvider, signOut } from "../support/sign-in.ts";
import { startStack } from "./stack.ts";

interface Row {
  readonly name: string;
  /** The outside's address of the gate. */
  readonly base: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly edge: Omit<EdgeOptions, "gate" | "prefix">;
  readonly cookies: readonly string[];
}

const forwarded = { "x-forwarded-host": "example.com", "x-forwarded-proto": "https" };
const secure = ["__Secure-hermes_session_at", "__Secure-hermes_session_rt"];

const rows: readonly Row[] = [
  {
    name: "X-Forwarded-Prefix of a trusted proxy, over http",
    base: "http://example.com/hermes",
    settings: {},
    edge: {
      strip: true,
      headers: {
        "x-forwarded-host": "example.com",
        "x-forwarded-proto": "http",
        "x-forwarded-prefix": "/hermes",
      },
    },
    cookies: ["hermes_session_at", "hermes_session_rt"],
  },
  {
    name: "X-Forwarded-Prefix of a trusted proxy that ends TLS",
    base: "https://example.com/hermes",
    settings: {},
    edge: { strip: true, headers: { ...forwarded, "x-forwarded-prefix": "hermes/" } },
    cookies: secure,
  },
  {
    name: "public_url, with a proxy that strips the prefix",
    base: "https://example.com/hermes",
    settings: { public_url: "https://example.com/hermes" },
    edge: { strip: true, headers: forwarded },
    cookies: secure,
  },
  {
    name: "public_url, with a proxy that leaves the prefix and says nothing",
    base: "https://example.com/hermes",
    settings: { public_url: "https://example.com/hermes" },
    edge: { strip: false, headers: {} },
    cookies: secure,
  },
];

async function startBelowPrefix(t: TestContext, row: Row) {
  const stack = await startStack(t, { settings: row.settings, publicBase: row.base });
  const edge: Edge = await startEdge({ ...row.edge, gate: stack.url, prefix: "/hermes" });
  t.after(() => edge.close());
  const alice = stack.browser({ [new URL(row.base).origin]: edge.address });
  return { ...stack, alice };
}

/** Every address on our own origin must be below the base, with the prefix once. */
function assertBelow(address: string, page: string, base: string): void {
  const url = new URL(address, page);
  if (url.origin !== new URL(base).origin) return;
  const found = `${address} on ${page}`;
  assert.ok(url.href === base || url.href.startsWith(`${base}/`), found);
  assert.ok(!url.pathname.startsWith("/hermes/hermes"), found);
}

for (const row of rows) {
  test(`a whole sign-in below ${row.name}`, async (t) => {
    const { alice, idp } = await startBelowPrefix(t, row);
    const { base } = row;

    const form = await reachProvider(alice, `${base}/?view=1`);
    assert.ok(form.url.startsWith(idp.issuer), form.url);
    const landing = await alice.submit(form, { user: "alice" });
    assert.equal(landing.url, `${base}/?view=1`);
    assert.match(landing.text, /Sample dashboard/);
    for (const hop of landing.hops) {
      if (hop.headers.location !== undefined) assertBelow(hop.headers.location, hop.url, base);
      assert.deepEqual(
        hop.refusedCookies.filter((why) => !why.includes("Secure")),
        [],
      );
    }

    const session = alice.jar.cookiesFor(new URL(`${base}/`));
    assert.deepEqual(
      session.map(({ name }) => name),
      row.cookies,
    );
    for (const cookie of session) {
      assert.equal(cookie.path, "/hermes");
      assert.ok(cookie.httpOnly);
      assert.equal(cookie.sameSite, "Lax");
    }
    assert.equal(alice.jar.header(new URL(new URL(base).origin)), "", "nothing outside the prefix");
  });

  test(`pages, refusals, tickets and sockets below ${row.name}`, async (t) => {
    const { alice } = await startBelowPrefix(t, row);
    const { base } = row;

    const login = await alice.visit(`${base}/?view=1`);
    assert.equal(login.url, `${base}/login?next=%2F%3Fview%3D1`);
    const addresses = addressesOn(login.text);
    assert.ok(addresses.length > 0);
    for (const address of addresses) assertBelow(address, login.url, base);
    const call = await alice.fetch(`${base}/api/whoami`, {
      headers: { referer: `${base}/?view=1`, "sec-fetch-site": "same-origin" },
    });
    assert.equal(
      (call.json() as { login_url: string }).login_url,
      "/hermes/login?next=%2F%3Fview%3D1",
    );

    await alice.submit(await reachProvider(alice, `${base}/`), { user: "alice" });
    const account = await alice.step(`${base}/auth/account`);
    for (const address of addressesOn(account.text)) assertBelow(address, account.url, base);
    const seen = (await alice.fetch(`${base}/api/echo/a?b=1`)).json() as {
      target: string;
      headers: string[];
    };
    assert.equal(seen.target, "/api/echo/a?b=1");
    assert.equal(seen.headers[seen.headers.indexOf("X-Forwarded-Prefix") + 1], "/hermes");

    const minted = await alice.fetch(`${base}/api/auth/ws-ticket`, {
      method: "POST",
      headers: { origin: new URL(base).origin, "sec-fetch-site": "same-origin" },
    });
    const { ticket } = minted.json() as { ticket: string };
    for (const query of [`?ticket=${ticket}`, ""]) {
      const socket = alice.socket(`${base}/ws${query}`);
      const [hello] = await once(socket, "message");
      assert.equal(JSON.parse(String(hello)).target, "/ws");
      socket.close();
    }

    const out = await signOut(alice, base);
    assert.equal(out.url, `${base}/login?logged_out=1`);
    assert.equal(alice.jar.header(new URL(`${base}/`)), "");
  });
}

test("S16: a prefix that a client claims without a trusted proxy changes nothing", async (t) => {
  const { url, browser } = await startStack(t, { settings: { trusted_proxies: ["192.0.2.1"] } });
  const answer = await browser().step(`${url}/`, {
    headers: {
      "x-forwarded-prefix": "/evil",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
    },
  });
  assert.equal(answer.headers.location, "/login?next=%2F");
});
