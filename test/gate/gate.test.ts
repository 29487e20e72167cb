import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import {
  admissionOf,
  createTestGate,
  fetches,
  type GateOptions,
  replyOf,
  signedInAt,
} from "../support/gate.ts";
import { isPromise } from "../support/session-parts.ts";

test("S6: forwards the target as it came, with the person", async () => {
  const browser = await signedInAt(createTestGate());
  for (const target of ["/", "/a%2Fb/../c;d?x=%41&&y", "//double"]) {
    const verdict = await browser.ask(target);
    assert.equal(verdict.outcome, "session");
    const { identity, ...rest } = admissionOf(verdict);
    assert.equal(rest.target, target);
    assert.equal(identity?.identity.email, "ada@example.com");
    assert.deepEqual(Object.keys(rest).toSorted(), ["stream", "target"]);
  }
});

test("decides on a session that was seen before without a promise", async () => {
  const { gate, ...parts } = createTestGate();
  const browser = await signedInAt({ gate, ...parts });
  await browser.ask("/");
  assert.equal(isPromise(gate.admit(browser.exchange("/"))), false);
});

test("S7: denies every method without a session, unknown ones and OPTIONS too", async () => {
  const { admit } = createTestGate();
  for (const method of ["GET", "POST", "OPTIONS", "PROPFIND", "get", "X-ANY"]) {
    assert.equal(replyOf(await admit({ method, url: "/x" })).status, 401, method);
  }
});

test("refreshes an expired session for every method, and takes the rotated cookies along", async () => {
  for (const method of ["GET", "HEAD", "POST", "DELETE"]) {
    const parts = createTestGate();
    const browser = await signedInAt(parts);
    parts.runtime.pass(61_000);
    const verdict = await browser.ask("/api/x", { method, headers: fetches });
    assert.equal(verdict.outcome, "refreshed", method);
    assert.equal(admissionOf(verdict).cookies?.().length, 2);
    assert.equal((await browser.ask("/")).outcome, "session");
    assert.deepEqual(parts.provider.shown, ["rt-1"]);
  }
});

test("S62: forwards with what is still valid when an early refresh cannot be made", async () => {
  const parts = createTestGate();
  const browser = await signedInAt(parts);
  parts.provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  parts.runtime.pass(55_000);
  assert.equal((await browser.ask("/")).outcome, "session");
  parts.runtime.pass(5000);
  assert.equal((await browser.ask("/")).outcome, "unavailable");
});

const publicPaths = ["/healthz", "/static/", "POST /hooks/"];

test("forwards a public path without identity, with a session too, and refreshes nothing", async () => {
  const parts = createTestGate({ publicPaths });
  const browser = await signedInAt(parts);
  parts.runtime.pass(61_000);
  for (const [path, method] of [
    ["/healthz", "GET"],
    ["/static/app.js?v=1", "HEAD"],
    ["/hooks/x", "POST"],
  ] as const) {
    const verdict = await browser.ask(path, { method });
    assert.equal(verdict.outcome, "public");
    assert.deepEqual(admissionOf(verdict), { target: path });
  }
  assert.deepEqual(parts.provider.shown, [], "S65");
});

const guarded = [
  ["/healthz", "POST"],
  ["/healthz/", "GET"],
  ["/healthz2", "GET"],
  ["/HEALTHZ", "GET"],
  ["/static", "GET"],
  ["/static/../secret", "GET"],
  ["/static/%2e%2e/secret", "GET"],
  ["/static/..%2fsecret", "GET"],
  ["/static//x", "GET"],
  ["/static/x;y", "GET"],
  ["/static/%5c..", "GET"],
  ["/hooks/x", "GET"],
  ["/secret?/static/", "GET"],
] as const;

for (const [path, method] of guarded) {
  test(`S2, S3, S7: ${method} ${path} is not public`, async () => {
    const { admit } = createTestGate({ publicPaths });
    assert.equal(replyOf(await admit({ url: path, method })).status, 401);
  });
}

test("S8, S17: no header makes a path public, a claimed prefix neither", async () => {
  const { admit } = createTestGate({ publicPaths });
  const headers = {
    "x-original-url": "/healthz",
    "x-rewrite-url": "/healthz",
    "x-forwarded-prefix": "/secret",
  };
  assert.equal(replyOf(await admit({ url: "/secret", headers, peerTrusted: true })).status, 401);
});

test("an own path is answered before a public path of the same name", async () => {
  const { admit } = createTestGate({ publicPaths: ["/api/auth/"] });
  assert.equal(replyOf(await admit({ url: "/api/auth/me" })).status, 401);
});

const lifetimes: readonly {
  readonly name: string;
  readonly options: GateOptions;
  readonly endsInMs: number;
}[] = [
  { name: "max_lifetime_seconds", options: {}, endsInMs: 86_400_000 },
  {
    name: "the session's absolute end",
    options: { websocket: { maxLifetimeSeconds: 40 * 86_400 } },
    endsInMs: 30 * 86_400_000,
  },
];

for (const { name, options, endsInMs } of lifetimes) {
  test(`a stream of a session with a refresh token ends at ${name}`, async () => {
    const parts = createTestGate(options);
    const browser = await signedInAt(parts);
    const end = parts.runtime.now() + endsInMs;
    for (const verdict of [await browser.ask("/events"), await browser.upgrade("/ws")]) {
      assert.equal(admissionOf(verdict).stream?.endsAt, end);
    }
  });
}

test("a stream of a session without refresh token ends with its access token", async () => {
  const parts = createTestGate();
  const { refreshToken: _, ...grant } = parts.provider.login();
  parts.provider.onComplete = async () => grant;
  const browser = await signedInAt(parts);
  for (const verdict of [await browser.ask("/events"), await browser.upgrade("/ws")]) {
    assert.equal(admissionOf(verdict).stream?.endsAt, grant.expiresAt);
  }
});

test("pass_access_token gives the upstream the token, by request, upgrade and ticket", async () => {
  for (const passAccessToken of [true, false]) {
    const browser = await signedInAt(createTestGate({ passAccessToken }));
    const minted = await browser.ask("/api/auth/ws-ticket", { method: "POST", headers: fetches });
    const { ticket } = JSON.parse(replyOf(minted).body);
    const verdicts = [
      await browser.ask("/"),
      await browser.upgrade("/ws"),
      await browser.upgrade(`/ws?ticket=${ticket}`),
    ];
    for (const verdict of verdicts) {
      assert.equal(admissionOf(verdict).accessToken, passAccessToken ? "at-1" : undefined);
    }
  }
});

test("a token that is in the cookie from before goes to nobody once pass_access_token is off", async () => {
  const before = createTestGate({ passAccessToken: true });
  const cookie = (await signedInAt(before)).exchange("/").cookieHeader;
  const { admit } = createTestGate();
  assert.equal(admissionOf(await before.admit({ cookie })).accessToken, "at-1");
  assert.equal(admissionOf(await admit({ cookie })).accessToken, undefined);
});

test("--insecure forwards everything but the own paths, without identity", async () => {
  const { admit } = createTestGate({ insecure: true });
  assert.deepEqual(admissionOf(await admit({ url: "/x?y", method: "POST" })), { target: "/x?y" });
  assert.equal(replyOf(await admit({ url: "/login" })).status, 200);
});

test("S9: a part that throws, at once or later, admits nobody", async () => {
  const boom = () => {
    throw new Error("boom");
  };
  for (const resolve of [boom, async () => boom()]) {
    const { admit, browser } = createTestGate({ resolve });
    await assert.rejects(admit(), /boom/);
    await assert.rejects(browser().upgrade("/ws"), /boom/);
    await assert.rejects(admit({ url: "/auth/verify" }), /boom/);
  }
});
