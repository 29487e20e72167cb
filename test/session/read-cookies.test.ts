import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { createSessionCookies } from "../../src/session/cookies.ts";
import { createSealer, type Sealer } from "../../src/session/seal.ts";
import type { Session } from "../../src/session/session.ts";
import { accessCookie, refreshCookie } from "../../src/session/session-cookie.ts";
import { exchange } from "../support/exchange.ts";
import { isPromise, sealer, sessionAt, stem } from "../support/session-parts.ts";
import { testRuntime } from "../support/still-clock.ts";

const runtime = testRuntime();
const now = runtime.now();

function cookiesOf(own: Sealer = sealer) {
  return createSessionCookies({ stem, sealer: own, runtime, log: silentLog });
}

function sealedAccess(parts: Partial<Session> = {}, writtenAt = now): Promise<string> {
  return sealer.seal(`${stem}_at`, accessCookie(sessionAt(now, parts), writtenAt));
}

test("reads what the access cookie holds", async () => {
  const { readAccess } = cookiesOf();
  const cookie = `theme=dark; __Host-hermes_session_at=${await sealedAccess({ refreshToken: "rt" })}`;
  assert.deepEqual(await readAccess(exchange({ cookie })), {
    session: sessionAt(now),
    writtenAt: now,
    hasRefreshToken: true,
  });
});

test("reads what the refresh cookie holds", async () => {
  const { readRefresh } = cookiesOf();
  const session = sessionAt(now, { refreshToken: "rt", idToken: "id", accessToken: "at" });
  const sealed = await sealer.seal(`${stem}_rt`, refreshCookie(session, now));
  assert.deepEqual(await readRefresh(exchange({ cookie: `__Host-hermes_session_rt=${sealed}` })), {
    session: sessionAt(now, { refreshToken: "rt", idToken: "id" }),
    writtenAt: now,
    hasRefreshToken: true,
  });
});

test("reads a value that was opened before without a promise and without opening it", async () => {
  let opened = 0;
  const counting: Sealer = {
    seal: sealer.seal,
    open: (purpose, sealed) => {
      opened += 1;
      return sealer.open(purpose, sealed);
    },
  };
  const { readAccess } = cookiesOf(counting);
  const request = exchange({ cookie: `a=b; __Host-hermes_session_at=${await sealedAccess()}` });
  const first = readAccess(request);
  assert.ok(isPromise(first));
  const read = await first;
  const second = readAccess(request);
  assert.ok(!isPromise(second));
  assert.deepEqual(second, read);
  assert.equal(opened, 1);
});

test("S55: reads neither cookie under the other's name", async () => {
  const { readAccess, readRefresh } = cookiesOf();
  const session = sessionAt(now, { refreshToken: "rt" });
  const refresh = await sealer.seal(`${stem}_rt`, refreshCookie(session, now));
  const cookie = `__Host-hermes_session_at=${refresh}; __Host-hermes_session_rt=${await sealedAccess()}`;
  assert.equal(await readAccess(exchange({ cookie })), undefined);
  assert.equal(await readRefresh(exchange({ cookie })), undefined);
});

test("S55: reads nothing of another stem's cookie, renamed", async () => {
  const foreign = await sealer.seal("other_at", accessCookie(sessionAt(now), now));
  const cookie = `__Host-hermes_session_at=${foreign}`;
  assert.equal(await cookiesOf().readAccess(exchange({ cookie })), undefined);
});

const readUnder = [
  ["https", "__Host-hermes_session_at", true],
  ["https", "__Secure-hermes_session_at", true],
  ["https", "hermes_session_at", false],
  ["http", "__Host-hermes_session_at", true],
  ["http", "__Secure-hermes_session_at", true],
  ["http", "hermes_session_at", true],
] as const;

for (const [scheme, name, read] of readUnder) {
  test(`S50: ${read ? "reads" : "does not read"} ${name} over ${scheme}`, async () => {
    const cookies = cookiesOf();
    const request = exchange({ scheme, cookie: `${name}=${await sealedAccess()}` });
    assert.equal((await cookies.readAccess(request)) !== undefined, read);
    assert.equal(cookies.anyCame(request), read);
  });
}

test("S50: ignores values that do not open beside one that does", async () => {
  const foreign = createSealer({ secrets: ["another gate's secret, just as long"] });
  const planted = await foreign.seal(`${stem}_at`, accessCookie(sessionAt(now, { id: "x" }), now));
  const name = "__Host-hermes_session_at";
  const cookie = `${name}=junk; ${name}=${planted}; ${name}=${await sealedAccess()}; ${name}=`;
  const read = await cookiesOf().readAccess(exchange({ cookie }));
  assert.ok(typeof read === "object");
  assert.equal(read.session.id, "session-one");
});

const pairs = [
  ["one name", "__Host-hermes_session_at", "__Host-hermes_session_at"],
  ["two variants", "__Host-hermes_session_at", "__Secure-hermes_session_at"],
] as const;

for (const [where, first, second] of pairs) {
  test(`S50: takes two different sessions under ${where} for a conflict, opened before or not`, async () => {
    const { readAccess } = cookiesOf();
    const one = `${first}=${await sealedAccess()}`;
    const other = `${second}=${await sealedAccess({ id: "session-two" })}`;
    assert.equal(await readAccess(exchange({ cookie: `${one}; ${other}` })), "conflict");
    await readAccess(exchange({ cookie: one }));
    await readAccess(exchange({ cookie: other }));
    assert.equal(await readAccess(exchange({ cookie: `${other}; ${one}` })), "conflict");
  });

  test(`S50: takes the newest of one session under ${where}`, async () => {
    const { readAccess } = cookiesOf();
    const newer = await sealedAccess({ issuedAt: now + 1 });
    const older = await sealedAccess();
    for (const [a, b] of [[newer, older] as const, [older, newer] as const]) {
      const read = await readAccess(exchange({ cookie: `${first}=${a}; ${second}=${b}` }));
      assert.ok(typeof read === "object");
      assert.equal(read.session.issuedAt, now + 1);
    }
  });
}

test("takes the later written of one session's equal states", async () => {
  const later = await sealedAccess({}, now + 5);
  const earlier = await sealedAccess();
  for (const [a, b] of [[later, earlier] as const, [earlier, later] as const]) {
    assert.equal(await writtenOf(a, b), now + 5);
  }
});

test("takes a newer state of a session also when an older one was written later", async () => {
  const newer = await sealedAccess({ issuedAt: now + 1 });
  const older = await sealedAccess({}, now + 5);
  for (const [a, b] of [[newer, older] as const, [older, newer] as const]) {
    assert.equal(await writtenOf(a, b), now);
  }
});

/** When the cookie was written that is taken out of two. */
async function writtenOf(a: string, b: string): Promise<number> {
  const name = "__Host-hermes_session_at";
  const read = await cookiesOf().readAccess(exchange({ cookie: `${name}=${a}; ${name}=${b}` }));
  assert.ok(typeof read === "object");
  return read.writtenAt;
}

const good = accessCookie(sessionAt(now), now);
const { session: goodSession } = good;
const goodIdentity = goodSession.identity;
const wrongShapes = [
  ["no object", 7],
  ["null", null],
  ["a session that is null", { ...good, session: null }],
  ["no time of writing", { ...good, writtenAt: undefined }],
  ...(["id", "provider"] as const).map(
    (name) =>
      [`a session without ${name}`, { ...good, session: { ...goodSession, [name]: 7 } }] as const,
  ),
  ...(["loginAt", "endsAt", "issuedAt", "expiresAt"] as const).map(
    (name) =>
      [`a session without ${name}`, { ...good, session: { ...goodSession, [name]: "1" } }] as const,
  ),
  ...(["userId", "groups"] as const).map((name) => {
    const identity = { ...goodIdentity, [name]: 7 };
    return [
      `an identity without ${name}`,
      { ...good, session: { ...goodSession, identity } },
    ] as const;
  }),
  ["no session", { writtenAt: 1, hasRefreshToken: true }],
  ["a session without identity", { session: { id: "x", provider: "p" }, writtenAt: 1 }],
  [
    "a session without times",
    { session: { id: "x", provider: "p", identity: { userId: "u", groups: [] } } },
  ],
] as const;

for (const [name, value] of wrongShapes) {
  test(`reads nothing of a sealed value with ${name}`, async () => {
    const cookie = `__Host-hermes_session_at=${await sealer.seal(`${stem}_at`, value)}`;
    assert.equal(await cookiesOf().readAccess(exchange({ cookie })), undefined);
  });
}

test("knows that session cookies came, also of a part alone", () => {
  const { anyCame } = cookiesOf();
  assert.equal(anyCame(exchange({ cookie: "__Host-hermes_session_rt.2=x" })), true);
  assert.equal(anyCame(exchange({ cookie: "__Host-hermes_session_at=" })), true);
  assert.equal(anyCame(exchange({ cookie: "theme=dark; __Host-hermes_session_at=x" })), true);
  assert.equal(anyCame(exchange({ cookie: "theme=__Host-hermes_session_at" })), false);
  assert.equal(anyCame(exchange({ cookie: "__Host-hermes_session_pkce_1=x" })), false);
  assert.equal(anyCame(exchange()), false);
});

const plantedUnder = [
  ["one name", ["__Host-hermes_session_at"]],
  ["two names", ["__Host-hermes_session_at", "__Secure-hermes_session_at"]],
] as const;

for (const [where, names] of plantedUnder) {
  test(`S94: opens at most eight values of one request, planted under ${where}`, async () => {
    let opened = 0;
    const counting: Sealer = {
      seal: sealer.seal,
      open: async () => {
        opened += 1;
        return undefined;
      },
    };
    const planted = names.flatMap((name) => Array.from({ length: 7 }, (_, i) => `${name}=v${i}`));
    const cookie = [...planted, ...planted].join("; ");
    await cookiesOf(counting).readAccess(exchange({ cookie }));
    assert.equal(opened, 8);
  });
}

test("opens a value that was opened before no second time beside another", async () => {
  const opened: string[] = [];
  const noting: Sealer = {
    seal: sealer.seal,
    open: (purpose, sealed) => {
      opened.push(sealed);
      return sealer.open(purpose, sealed);
    },
  };
  const { readAccess } = cookiesOf(noting);
  const known = await sealedAccess();
  const name = "__Host-hermes_session_at";
  await readAccess(exchange({ cookie: `${name}=${known}` }));
  await readAccess(exchange({ cookie: `${name}=${known}; ${name}=junk` }));
  assert.deepEqual(opened, [known, "junk"]);
});
