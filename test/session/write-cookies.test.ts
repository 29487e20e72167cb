import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GateError } from "../../src/base/errors.ts";
import { cookieValues } from "../../src/http/cookie.ts";
import { createSessionCookies } from "../../src/session/cookies.ts";
import type { Session } from "../../src/session/session.ts";
import { exchange } from "../support/exchange.ts";
import { createJar } from "../support/jar.ts";
import { ada, logInto, sealer, sessionAt, stem, testBrowser } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

function parts() {
  const runtime = testRuntime();
  const logged: string[] = [];
  const cookies = createSessionCookies({ stem, sealer, runtime, log: logInto(logged) });
  const session = (more: Partial<Session> = {}) => sessionAt(runtime.now(), more);
  return { runtime, cookies, logged, session };
}

/** Text that compression cannot shorten. */
function noise(runtime: ReturnType<typeof testRuntime>, length: number): string {
  return runtime.randomBytes(length).toString("base64url").slice(0, length);
}

const attribute = (cookie: string, name: string) =>
  cookie.split("; ").find((part) => part.startsWith(`${name}=`));

const places = [
  ["http://localhost/", "hermes_session"],
  ["http://localhost/hermes", "hermes_session"],
  ["https://gate.example/", "__Host-hermes_session"],
  ["https://gate.example/hermes", "__Secure-hermes_session"],
] as const;

for (const [address, name] of places) {
  test(`S49: gives a browser at ${address} cookies that it takes and that are read back`, async () => {
    const { runtime, cookies, session } = parts();
    const browser = testBrowser(runtime, address);
    const written = session({ refreshToken: "rt", accessToken: "at", idToken: "id" });
    assert.deepEqual(browser.take(await cookies.issue(written, browser.request())), []);
    assert.deepEqual(browser.names(), [`${name}_at`, `${name}_rt`]);
    const access = await cookies.readAccess(browser.request());
    const refresh = await cookies.readRefresh(browser.request());
    assert.ok(typeof access === "object" && typeof refresh === "object");
    assert.deepEqual(access.session, session({ accessToken: "at" }));
    assert.deepEqual(refresh.session, session({ refreshToken: "rt", idToken: "id" }));
  });
}

test("gives the access cookie the token's life and the refresh cookie 30 days", async () => {
  const { runtime, cookies, session } = parts();
  const endsAt = runtime.now() + 365 * 24 * 3_600_000;
  const issued = await cookies.issue(session({ refreshToken: "rt", endsAt }), exchange());
  assert.deepEqual(
    issued.map((cookie) => attribute(cookie, "Max-Age")),
    ["Max-Age=60", "Max-Age=2592000"],
  );
});

test("S64: gives neither cookie a life beyond the session's end", async () => {
  const { runtime, cookies, session } = parts();
  const endsAt = runtime.now() + 10_000;
  const issued = await cookies.issue(session({ refreshToken: "rt", endsAt }), exchange());
  assert.deepEqual(
    issued.map((cookie) => attribute(cookie, "Max-Age")),
    ["Max-Age=10", "Max-Age=10"],
  );
});

test("gives a session that was sealed earlier the life that is left", async () => {
  const { runtime, cookies, session } = parts();
  const one = session();
  const [first = ""] = await cookies.issue(one, exchange());
  runtime.pass(40_500);
  const [second = ""] = await cookies.issue(one, exchange());
  assert.equal(attribute(second, "Max-Age"), "Max-Age=20");
  assert.equal(second.split(";")[0], first.split(";")[0]);
});

test("writes no refresh cookie without a refresh token and deletes one that came", async () => {
  const { cookies, session } = parts();
  assert.equal((await cookies.issue(session(), exchange())).length, 1);
  const came = exchange({ cookie: "__Host-hermes_session_rt=old" });
  const [, deletion] = await cookies.issue(session(), came);
  assert.match(deletion ?? "", /^__Host-hermes_session_rt=; Max-Age=0; /);
});

test("S45: overwrites planted cookies and deletes other variants that came", async () => {
  const { cookies, session } = parts();
  const cookie =
    "hermes_session_at=p; __Secure-hermes_session_rt=q; __Host-hermes_session_at=r; other=s; hermes_session_pkce_1=t";
  const issued = await cookies.issue(session({ refreshToken: "rt" }), exchange({ cookie }));
  assert.deepEqual(
    issued.map((set) => set.slice(0, set.indexOf("=") + 2)).map((set) => set.slice(0, -1)),
    [
      "__Host-hermes_session_at=",
      "__Host-hermes_session_rt=",
      "hermes_session_at=",
      "__Secure-hermes_session_rt=",
    ],
  );
  assert.ok(issued.slice(2).every((set) => attribute(set, "Max-Age") === "Max-Age=0"));
});

test("S54: brings back a session of any size or refuses it, and no cookie is over 4096 bytes", async () => {
  const { runtime, cookies, session } = parts();
  // The longest prefix that there is, which leaves the least room beside it.
  const address = `https://gate.example/${"p".repeat(255)}`;
  let refused = 0;
  let split = 0;
  const sizes = fc.integer({ min: 0, max: 24_000 });
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (accessSize, refreshSize) => {
      const browser = testBrowser(runtime, address);
      const accessToken = noise(runtime, accessSize);
      const refreshToken = noise(runtime, refreshSize);
      const written = session({ accessToken, refreshToken });
      const issued = await cookies.issue(written, browser.request()).catch((error: unknown) => {
        assert.ok(error instanceof GateError && error.code === "session_too_large");
        return undefined;
      });
      if (issued === undefined) {
        refused += 1;
        return;
      }
      if (issued.length > 2) split += 1;
      assert.ok(issued.every((cookie) => cookie.length <= 4096));
      assert.deepEqual(browser.take(issued), []);
      const access = await cookies.readAccess(browser.request());
      const refresh = await cookies.readRefresh(browser.request());
      assert.ok(typeof access === "object" && typeof refresh === "object");
      assert.equal(access.session.accessToken, accessToken);
      assert.equal(refresh.session.refreshToken, refreshToken);
    }),
    { numRuns: 60 },
  );
  assert.ok(refused > 0 && split > 0, "both outcomes were met");
});

test("S54: deletes the parts of a larger session that are left over", async () => {
  const { runtime, cookies, session } = parts();
  const browser = testBrowser(runtime);
  browser.take(
    await cookies.issue(session({ accessToken: noise(runtime, 9000) }), browser.request()),
  );
  assert.deepEqual(browser.names(), [
    "__Host-hermes_session_at",
    "__Host-hermes_session_at.1",
    "__Host-hermes_session_at.2",
  ]);
  browser.take(
    await cookies.issue(session({ accessToken: noise(runtime, 4000) }), browser.request()),
  );
  assert.deepEqual(browser.names(), ["__Host-hermes_session_at", "__Host-hermes_session_at.1"]);
  browser.take(await cookies.issue(session(), browser.request()));
  assert.deepEqual(browser.names(), ["__Host-hermes_session_at"]);
});

const tooLarge = [
  ["its access token", "access_token_bytes", (text: string) => ({ accessToken: text })],
  ["its id_token", "id_token_bytes", (text: string) => ({ refreshToken: "rt", idToken: text })],
  [
    "its identity",
    "identity_bytes",
    (text: string) => ({ identity: { ...ada, displayName: text } }),
  ],
] as const;

for (const [what, fact, make] of tooLarge) {
  test(`refuses a session for the size of ${what}, whose size the error names and no more`, async () => {
    const { runtime, cookies, session } = parts();
    for (const size of [20_000, 80_000]) {
      const text = noise(runtime, size);
      await assert.rejects(cookies.issue(session(make(text)), exchange()), (error: unknown) => {
        assert.ok(error instanceof GateError);
        assert.equal(error.code, "session_too_large");
        assert.ok(Number(error.facts[fact]) >= size);
        assert.ok(!JSON.stringify(error.facts).includes(text.slice(0, 20)));
        return true;
      });
    }
  });
}

test("says once that cookies over 7 KiB need larger header buffers", async () => {
  const { runtime, cookies, session, logged } = parts();
  await cookies.issue(session({ accessToken: noise(runtime, 4000) }), exchange());
  assert.deepEqual(logged, []);
  await cookies.issue(session({ accessToken: noise(runtime, 7000) }), exchange());
  await cookies.issue(session({ accessToken: noise(runtime, 7000) }), exchange());
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? "", /^warn .*7 KiB.*"cookie_bytes":\d{4,}/);
});

test("S53: leaves a browser without any session cookie", async () => {
  for (const [address] of places) {
    const { runtime, cookies, session } = parts();
    const browser = testBrowser(runtime, address, createJar(runtime.now));
    const large = session({
      accessToken: noise(runtime, 9000),
      refreshToken: noise(runtime, 5000),
    });
    browser.take(await cookies.issue(large, browser.request()));
    assert.ok(browser.names().length > 4);
    browser.take(cookies.clear(browser.request()));
    assert.deepEqual(browser.names(), [], address);
  }
});

test("S53: deletes all three variants of both cookies whatever came", () => {
  const { cookies } = parts();
  const names = cookies.clear(exchange()).map((cookie) => cookie.slice(0, cookie.indexOf("=")));
  assert.deepEqual(names.toSorted(), [
    "__Host-hermes_session_at",
    "__Host-hermes_session_rt",
    "__Secure-hermes_session_at",
    "__Secure-hermes_session_rt",
    "hermes_session_at",
    "hermes_session_rt",
  ]);
});

test("S45, S53: a planted cookie whose name nobody can set keeps no session from its beginning or end", async () => {
  const { cookies, session } = parts();
  for (const odd of ["hermes_session_at.1:", "hermes_session_rt.(", "hermes_session_at.a b"]) {
    const request = exchange({ cookie: `${odd}=x; hermes_session_at.1=y` });
    const [access = ""] = await cookies.issue(session(), request);
    assert.match(access, /^__Host-hermes_session_at=e/);
    const cleared = cookies.clear(request).join("\n");
    assert.match(cleared, /^hermes_session_at=;/m);
    assert.match(cleared, /^hermes_session_at\.1=;/m);
    assert.ok(!cleared.includes(odd));
    assert.equal(cookies.shed(request).length, 1);
  }
});

test("S101: shows no token in what it sets", async () => {
  const { cookies, session } = parts();
  const secret = session({ refreshToken: "refresh-marker", accessToken: "access-marker" });
  const issued = await cookies.issue(secret, exchange());
  assert.equal(cookieValues(issued[0] ?? "", "__Host-hermes_session_at").length, 1);
  assert.doesNotMatch(issued.join(), /marker|ada@example/);
});

const shedding = [
  ["a whole session", "https", "__Host-hermes_session_at=a; __Host-hermes_session_rt=b", []],
  [
    "a session in parts",
    "https",
    "__Host-hermes_session_at=2~a; __Host-hermes_session_at.1=b; other.1=c",
    [],
  ],
  [
    "parts beyond the count",
    "https",
    "__Host-hermes_session_at=2~a; __Host-hermes_session_at.1=b; __Host-hermes_session_at.2=c; __Host-hermes_session_at.3=d",
    ["__Host-hermes_session_at.2", "__Host-hermes_session_at.3"],
  ],
  [
    "parts of a value that is whole now",
    "https",
    "__Host-hermes_session_at=a; __Host-hermes_session_at.1=b",
    ["__Host-hermes_session_at.1"],
  ],
  [
    "parts without a first one",
    "https",
    "__Host-hermes_session_rt.1=a; __Host-hermes_session_rt.2=b",
    ["__Host-hermes_session_rt.1", "__Host-hermes_session_rt.2"],
  ],
  [
    "the bare name over https",
    "https",
    "hermes_session_at=a; hermes_session_rt=2~b; hermes_session_rt.1=c; __Secure-hermes_session_at=d",
    ["hermes_session_at", "hermes_session_rt", "hermes_session_rt.1"],
  ],
  ["the bare name over http", "http", "hermes_session_at=a; __Host-hermes_session_at=b", []],
  [
    "another gate's, a login's and the dashboard's",
    "https",
    "other_session_at=a; other_session_at.1=b; __Host-hermes_session_pkce_1=c; session.1=d",
    [],
  ],
] as const;

for (const [what, scheme, cookie, gone] of shedding) {
  test(`S92: of ${what} a request that is too large loses ${gone.length === 0 ? "nothing" : "what is not read"}`, () => {
    const { cookies } = parts();
    const shed = cookies.shed(exchange({ scheme, cookie }));
    assert.deepEqual(
      shed.map((set) => set.slice(0, set.indexOf("="))),
      gone,
    );
    assert.ok(shed.every((set) => attribute(set, "Max-Age") === "Max-Age=0"));
  });
}
