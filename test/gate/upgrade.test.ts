import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpgradeRefusal, UpgradeVerdict } from "../../src/gate/verdict.ts";
import { ProviderUnavailable } from "../../src/provider/contract.ts";
import { StoreUnavailable } from "../../src/store/contract.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import {
  admissionOf,
  cookiesOf,
  createTestGate,
  fetches,
  fieldsOf,
  type GateBrowser,
  replyOf,
  signedInAt,
} from "../support/gate.ts";
import { gateProvider } from "../support/gate-provider.ts";

const evil = { origin: "https://evil.example" };
/** A program sends none. */
const noOrigin = { origin: undefined };
const noCookie = { cookie: "" };

function refusalOf(verdict: UpgradeVerdict): UpgradeRefusal {
  return verdict.kind === "refuse" ? verdict : assert.fail(`not refused: ${verdict.kind}`);
}

async function mint(browser: GateBrowser): Promise<string> {
  const minted = await browser.ask("/api/auth/ws-ticket", { method: "POST", headers: fetches });
  return JSON.parse(replyOf(minted).body).ticket;
}

const handshakes = [
  { name: "another method", parts: { method: "POST" }, status: 400 },
  { name: "no version", parts: { headers: { "sec-websocket-version": undefined } }, status: 426 },
  { name: "an old version", parts: { headers: { "sec-websocket-version": "8" } }, status: 426 },
  { name: "no key", parts: { headers: { "sec-websocket-key": undefined } }, status: 400 },
  {
    name: "a short key",
    parts: { headers: { "sec-websocket-key": "dGhlIHNhbXBsZQ==" } },
    status: 400,
  },
  {
    name: "two keys",
    parts: { headers: { "sec-websocket-key": `${"A".repeat(22)}==, ${"A".repeat(22)}==` } },
    status: 400,
  },
  { name: "a body", parts: { headers: { "content-length": "5" } }, status: 400 },
  { name: "a chunked body", parts: { headers: { "transfer-encoding": "chunked" } }, status: 400 },
] as const;

for (const { name, parts, status } of handshakes) {
  test(`S79: a handshake with ${name} is ${status} before all else`, async () => {
    const gate = createTestGate();
    const browser = await signedInAt(gate);
    const ticket = await mint(browser);
    const headers = { ...evil, ...("headers" in parts ? parts.headers : {}) };
    const reply = replyOf(await browser.upgrade(`/ws?ticket=${ticket}`, { ...parts, headers }));
    assert.equal(reply.status, status);
    assert.deepEqual(fieldsOf(reply, "sec-websocket-version"), ["13"]);
    assert.deepEqual(fieldsOf(reply, "upgrade"), ["websocket"]);
    assert.deepEqual(fieldsOf(reply, "connection"), ["Upgrade"]);
    assert.ok(await gate.tickets.redeem(ticket), "no ticket is spent");
  });
}

test("S79: a handshake that says that it has no body is one", async () => {
  const browser = await signedInAt(createTestGate());
  const verdict = await browser.upgrade("/ws", { headers: { "content-length": "0" } });
  assert.equal(verdict.kind, "forward");
});

test("S9: a ticket that cannot be redeemed for a reason that is no outage is an error", async () => {
  const gate = createTestGate({
    store: (runtime) => ({
      ...createMemoryStore({ runtime }),
      take: () => Promise.reject(new TypeError("broken")),
    }),
  });
  await assert.rejects(gate.browser().upgrade(`/ws?ticket=${"A".repeat(43)}`), TypeError);
});

test("a browser's own cookies and origin open a socket, as the session's stream", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  const admission = admissionOf(await browser.upgrade("/ws?room=%41"));
  assert.equal(admission.target, "/ws?room=%41");
  assert.equal(admission.identity?.identity.userId, "ada");
  assert.equal(admission.cookies, undefined);
  const session = await gate.sessions.peek(browser.exchange("/"));
  assert.equal(admission.stream?.sessionId, session?.id);
});

test("an upgrade refreshes on the way, and takes the rotated cookies with it", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  gate.runtime.pass(61_000);
  const verdict = await browser.upgrade("/ws");
  assert.equal(verdict.outcome, "refreshed");
  assert.equal(admissionOf(verdict).cookies?.().length, 2);
});

const refusals = [
  { name: "a foreign origin", headers: evil, code: 4403, status: 403 },
  {
    name: "a sibling host's origin",
    headers: { origin: "https://x.gate.example" },
    code: 4403,
    status: 403,
  },
  {
    name: "another site's over http, and cookies",
    headers: { origin: "http://evil.example" },
    code: 4403,
    status: 403,
  },
  {
    name: "our host over http",
    headers: { origin: "http://gate.example" },
    code: 4403,
    status: 403,
  },
  {
    name: "our host on another port",
    headers: { origin: "https://gate.example:8443" },
    code: 4403,
    status: 403,
  },
  {
    name: "two origins",
    headers: { origin: "https://gate.example, https://gate.example" },
    code: 4403,
    status: 403,
  },
  { name: "an opaque origin, and cookies", headers: { origin: "null" }, code: 4403, status: 403 },
  {
    name: "an extension's origin, and cookies",
    headers: { origin: "chrome-extension://abc" },
    code: 4403,
    status: 403,
  },
  { name: "no origin, and cookies", headers: noOrigin, code: 4403, status: 403 },
  { name: "our origin, and no cookies", headers: {}, ...noCookie, code: 4401, status: 401 },
  { name: "no origin, and no cookies", headers: noOrigin, ...noCookie, code: 4401, status: 401 },
  {
    name: "an opaque origin, and no cookies",
    headers: { origin: "null" },
    ...noCookie,
    code: 4401,
    status: 401,
  },
] as const;

for (const { name, code, status, ...parts } of refusals) {
  test(`S74, S75: an upgrade with ${name} is refused ${code}, or ${status} in JSON`, async () => {
    const browser = await signedInAt(createTestGate());
    const refusal = refusalOf(await browser.upgrade("/ws", parts));
    assert.equal(refusal.code, code);
    assert.equal(refusal.reply.status, status);
    const reason = status === 401 ? "no valid session or ticket" : "this origin is not allowed";
    assert.equal(refusal.reason, reason);
    const { error } = JSON.parse(refusal.reply.body);
    assert.equal(error, status === 401 ? "unauthenticated" : "cross_site_request");
  });
}

test("S74: is never redirected, whatever its client accepts", async () => {
  const browser = createTestGate().browser();
  const headers = { accept: "text/html", origin: undefined };
  const { reply } = refusalOf(await browser.upgrade("/ws", { headers }));
  assert.equal(reply.status, 401);
  assert.equal(JSON.parse(reply.body).reason, "no_cookie");
});

test("S75: an origin of websocket.allowed_origins is as good as our own", async () => {
  const allowedOrigins = new Set(["https://app.example"]);
  const browser = await signedInAt(createTestGate({ websocket: { allowedOrigins } }));
  const headers = { origin: "https://app.example" };
  assert.equal((await browser.upgrade("/ws", { headers })).kind, "forward");
});

test("S75: a wrong origin spends no ticket", async () => {
  const browser = await signedInAt(createTestGate());
  const path = `/ws?ticket=${await mint(browser)}`;
  assert.equal(refusalOf(await browser.upgrade(path, { headers: evil })).code, 4403);
  assert.equal((await browser.upgrade(path)).kind, "forward");
});

const foreign = ["http://evil.example", "https://evil.example", "HTTP://gate.example"];
const several = ["", "null, null", "null, https://gate.example", "app://x app://y"];
for (const origin of [...foreign, ...several]) {
  test(`S75: an origin that is foreign, or not one, opens nothing with a ticket either: "${origin}"`, async () => {
    const browser = await signedInAt(createTestGate());
    const path = `/ws?ticket=${await mint(browser)}`;
    assert.equal(refusalOf(await browser.upgrade(path, { headers: { origin } })).code, 4403);
  });
}

for (const origin of [undefined, "null", "chrome-extension://abc", "https://gate.example"]) {
  test(`S76: a ticket opens one upgrade from the origin ${origin}, without cookies`, async () => {
    const browser = await signedInAt(createTestGate());
    const path = `/ws?a=1&ticket=${await mint(browser)}&b=%41`;
    const parts = { headers: { origin }, ...noCookie };
    const verdict = await browser.upgrade(path, parts);
    assert.equal(admissionOf(verdict).target, "/ws?a=1&b=%41");
    assert.equal(verdict.outcome, "ticket");
    const spent = refusalOf(await browser.upgrade(path, parts));
    assert.deepEqual([spent.code, spent.reason], [4401, "no valid session or ticket"]);
  });
}

test("S78: a ticket among the protocols is taken out of them", async () => {
  const browser = await signedInAt(createTestGate());
  const ticket = `hermes-gate.ticket.${await mint(browser)}`;
  const headers = { "sec-websocket-protocol": `app, ${ticket}, other` };
  const { protocols, target } = admissionOf(await browser.upgrade("/ws", { headers }));
  assert.equal(protocols, "app, other");
  assert.equal(target, "/ws");
});

test("a ticket decides alone: a dead one is refused with a good session and a good bearer", async () => {
  const gate = createTestGate({
    bearer: true,
    providers: (runtime) => [
      gateProvider(runtime, { bearers: async () => gateProvider(runtime).login() }),
    ],
  });
  const browser = await signedInAt(gate);
  const headers = { authorization: "Bearer good" };
  const path = `/ws?ticket=${"A".repeat(43)}`;
  const refusal = refusalOf(await browser.upgrade(path, { headers }));
  assert.equal(refusal.code, 4401);
  assert.deepEqual(cookiesOf(refusal.reply).deleted, [], "the session is not the ticket's fault");
  assert.equal(gate.audited.at(-1)?.event, "ws_ticket_rejected");
  assert.equal((await browser.upgrade("/ws?ticket=short", { headers })).outcome, "bearer");
});

test("S76: several tickets are refused, and all of them spent", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  const [one, two] = [await mint(browser), await mint(browser)];
  const headers = { "sec-websocket-protocol": `hermes-gate.ticket.${two}` };
  assert.equal(refusalOf(await browser.upgrade(`/ws?ticket=${one}`, { headers })).code, 4401);
  assert.equal(await gate.tickets.redeem(one), undefined);
  assert.equal(await gate.tickets.redeem(two), undefined);
});

test("S76: a ticket is dead after its time, and after its session", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  const late = await mint(browser);
  gate.runtime.pass(30_000);
  assert.equal(refusalOf(await browser.upgrade(`/ws?ticket=${late}`)).code, 4401);
  const orphan = await mint(browser);
  await browser.ask("/auth/logout", { method: "POST", headers: fetches });
  assert.equal(refusalOf(await browser.upgrade(`/ws?ticket=${orphan}`)).code, 4401);
});

test("websocket.auth: [ticket] takes tickets and no cookies", async () => {
  const browser = await signedInAt(createTestGate({ websocket: { cookies: false } }));
  assert.equal(refusalOf(await browser.upgrade("/ws")).code, 4401);
  assert.equal((await browser.upgrade(`/ws?ticket=${await mint(browser)}`)).kind, "forward");
});

test("an expired session whose provider is away is refused 1013, and keeps its cookies", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  gate.runtime.pass(61_000);
  gate.provider.answer = () => Promise.reject(new ProviderUnavailable("down"));
  const refusal = refusalOf(await browser.upgrade("/ws"));
  assert.equal(refusal.code, 1013);
  assert.equal(refusal.reason, "the sign-in service cannot be reached");
  assert.equal(refusal.reply.status, 503);
  assert.equal(fieldsOf(refusal.reply, "retry-after").length, 1);
  assert.deepEqual(fieldsOf(refusal.reply, "set-cookie"), []);
});

test("a dead session is refused 4401, and its cookies are cleared", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  gate.provider.login();
  gate.runtime.pass(61_000);
  const refusal = refusalOf(await browser.upgrade("/ws"));
  assert.equal(refusal.code, 4401);
  assert.equal(JSON.parse(refusal.reply.body).error, "session_expired");
  assert.deepEqual(browser.names(), []);
});

test("an account that allow does not admit is refused 4403, by cookies and by ticket", async () => {
  const gate = createTestGate({ allow: { global: { emails: [] } } });
  const browser = await signedInAt(gate);
  gate.runtime.pass(61_000);
  const refusal = refusalOf(await browser.upgrade("/ws"));
  assert.equal(refusal.code, 4403);
  assert.equal(JSON.parse(refusal.reply.body).error, "access_denied");
  assert.equal(cookiesOf(refusal.reply).set.length, 2, "the rotated cookies are not lost");
  const session = await gate.sessions.peek(browser.exchange("/"));
  assert.ok(session);
  const ticket = await gate.tickets.mint(session, true);
  const byTicket = refusalOf(await browser.upgrade(`/ws?ticket=${ticket}`));
  assert.equal(byTicket.code, 4403);
  for (const { reason } of [refusal, byTicket]) {
    assert.equal(reason, "this account may not use this dashboard");
  }
});

const live = { publicPaths: ["UPGRADE /live", "/page"] };

const publicUpgrades = [
  { name: "our origin", headers: {}, admitted: true },
  { name: "no origin", headers: noOrigin, admitted: true },
  { name: "a foreign origin", headers: evil, admitted: false },
  { name: "an opaque origin", headers: { origin: "null" }, admitted: false },
] as const;

for (const { name, headers, admitted } of publicUpgrades) {
  test(`S75: a public upgrade from ${name} is ${admitted ? "admitted" : "refused"}`, async () => {
    const browser = createTestGate(live).browser();
    const verdict = await browser.upgrade("/live", { headers });
    assert.equal(verdict.kind === "forward", admitted);
    if (admitted) assert.deepEqual(admissionOf(verdict), { target: "/live" });
  });
}

test("S74: a path that is public for GET is none for upgrades, nor the other way round", async () => {
  const browser = createTestGate(live).browser();
  assert.equal((await browser.upgrade("/page")).kind, "refuse");
  assert.equal((await browser.ask("/live")).kind, "reply");
});

const bearers = (runtime: Parameters<typeof gateProvider>[0]) => [
  gateProvider(runtime, {
    async bearers(token) {
      if (token === "down") throw new ProviderUnavailable("down");
      return token === "good" ? gateProvider(runtime).login() : undefined;
    },
  }),
];

const withBearer = [
  { token: "good", code: undefined },
  { token: "bad", code: 4401 },
  { token: "down", code: 1013 },
] as const;

for (const { token, code } of withBearer) {
  test(`S27: a ${token} bearer on an upgrade is ${code ?? "admitted"}, with or without origin`, async () => {
    const gate = createTestGate({ bearer: true, providers: bearers });
    const browser = await signedInAt(gate);
    for (const origin of [undefined, "null", "https://gate.example"]) {
      const headers = { origin, authorization: `Bearer ${token}` };
      const verdict = await browser.upgrade("/ws", { headers });
      assert.equal(verdict.kind === "refuse" ? verdict.code : undefined, code);
      if (code !== undefined) continue;
      const admission = admissionOf(verdict);
      assert.equal(admission.dropAuthorization, true);
      assert.equal(admission.stream?.endsAt, gate.runtime.now() + 60_000);
    }
  });
}

test("a bearer whose account allow does not admit is refused 4403", async () => {
  const allow = { global: { emails: [] } };
  const browser = createTestGate({ bearer: true, providers: bearers, allow }).browser();
  const headers = { authorization: "Bearer good" };
  assert.equal(refusalOf(await browser.upgrade("/ws", { headers })).code, 4403);
});

test("an own path is answered as if no upgrade were asked for", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  assert.equal(replyOf(await browser.upgrade("/auth/verify")).status, 204);
  assert.equal(replyOf(await browser.upgrade("/login")).status, 200);
  const anonymous = gate.browser();
  assert.equal(replyOf(await anonymous.upgrade("/auth/verify")).status, 401);
});

test("--insecure admits an upgrade of our own pages without a session, and no foreign one", async () => {
  const browser = createTestGate({ insecure: true }).browser();
  assert.deepEqual(admissionOf(await browser.upgrade("/ws")), { target: "/ws" });
  assert.equal(refusalOf(await browser.upgrade("/ws", { headers: evil })).code, 4403);
});

test("S78, S101: no ticket is logged, audited or echoed", async () => {
  const gate = createTestGate();
  const browser = await signedInAt(gate);
  const ticket = await mint(browser);
  const spent = [];
  for (let i = 0; i < 2; i += 1) spent.push(await browser.upgrade(`/ws?ticket=${ticket}`));
  assert.ok(gate.audited.some(({ event }) => event === "ws_ticket_rejected"));
  assert.ok(!JSON.stringify([gate.audited, gate.logged, spent]).includes(ticket));
});

for (const [name, query] of [
  ["a ticket", `ticket=${"A".repeat(43)}`],
  ["two tickets", `ticket=${"A".repeat(43)}&ticket=${"B".repeat(43)}`],
] as const) {
  test(`while the store is away ${name} admits nobody: 1013, 503, and the session stays`, async () => {
    const take = () => Promise.reject(new StoreUnavailable("away"));
    const gate = createTestGate({
      store: (runtime) => ({ ...createMemoryStore({ runtime }), take }),
    });
    const browser = await signedInAt(gate);
    const refusal = refusalOf(await browser.upgrade(`/ws?${query}`));
    assert.deepEqual([refusal.code, refusal.reply.status], [1013, 503]);
    assert.equal(refusal.reason, "tickets cannot be checked just now");
    assert.equal(JSON.parse(refusal.reply.body).error, "store_unavailable");
    assert.deepEqual(fieldsOf(refusal.reply, "retry-after"), ["5"]);
    assert.deepEqual(cookiesOf(refusal.reply), { set: [], deleted: [] });
    assert.equal(gate.audited.at(-1)?.event, "ws_ticket_rejected");
    assert.equal((await browser.upgrade("/ws")).outcome, "session", "without one it is open");
  });
}
