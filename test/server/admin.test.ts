/** The admin listener of a whole gate: what it answers, and that it counts a visit exactly. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { startStack } from "../e2e/stack.ts";
import { eventually } from "../support/eventually.ts";
import { hasPrograms } from "../support/programs.ts";
import { startRedis } from "../support/redis-server.ts";
import { signIn } from "../support/sign-in.ts";

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

async function startWatched(t: TestContext, settings: Readonly<Record<string, unknown>> = {}) {
  const stack = await startStack(t, { settings: { admin_listen: "127.0.0.1:0", ...settings } });
  const { adminUrl } = stack;
  assert.ok(adminUrl !== undefined);
  const ask = (path: string, init: RequestInit = {}) => fetch(`${adminUrl}${path}`, init);
  return { ...stack, adminUrl, ask, scrape: async () => (await ask("/metrics")).text() };
}

/** The samples of one metric: labels in the text format to the value. */
function samples(text: string, name: string): Readonly<Record<string, number>> {
  const lines = text.split("\n").filter((line) => line.startsWith(`hermes_gate_${name}`));
  const pattern = new RegExp(`^hermes_gate_${name}(?:\\{(.*)\\})? (\\S+)$`);
  return Object.fromEntries(
    lines.flatMap((line) => {
      const found = pattern.exec(line);
      return found === null ? [] : [[found[1] ?? "", Number(found[2])]];
    }),
  );
}

test("counts a visit exactly: sign-in, requests, a shared refresh, a replay, a socket and its ticket", async (t) => {
  const { url, browser, clock, idp, scrape } = await startWatched(t);
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const stale = alice.jar.header(new URL(url));
  clock.advance(61);
  await Promise.all(
    times(5, () => alice.fetch(`${url}/api/whoami`, { headers: { cookie: stale } })),
  );
  await alice.fetch(`${url}/api/whoami`, { headers: { cookie: stale } });
  await alice.fetch(`${url}/nowhere`, { headers: { cookie: "" }, method: "POST" });
  const minted = await alice.fetch(`${url}/api/auth/ws-ticket`, {
    method: "POST",
    headers: { origin: url, "sec-fetch-site": "same-origin" },
  });
  const { ticket } = minted.json() as { ticket: string };
  const socket = alice.socket(`${url}/ws?ticket=${ticket}`);
  t.after(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));

  const text = await scrape();
  const host = new URL(idp.issuer).host;
  assert.deepEqual(samples(text, "auth_logins_total"), {
    'provider="demo",result="started"': 1,
    'provider="demo",result="success"': 1,
  });
  assert.deepEqual(samples(text, "auth_refresh_total"), { 'provider="demo",result="success"': 1 });
  const coalesced = samples(text, "auth_refresh_coalesced_total");
  assert.equal((coalesced['how="shared"'] ?? 0) + (coalesced['how="replayed"'] ?? 0), 5);
  assert.ok((coalesced['how="replayed"'] ?? 0) >= 1);
  assert.ok((coalesced['how="shared"'] ?? 0) >= 1);
  assert.deepEqual(samples(text, "ws_tickets_total"), {
    'event="minted"': 1,
    'event="redeemed"': 1,
  });
  const requests = samples(text, "http_requests_total");
  assert.deepEqual(requests, {
    'method="GET",code="302",outcome="unauthenticated"': 1,
    'method="GET",code="200",outcome="own"': 1,
    'method="GET",code="302",outcome="own"': 2,
    'method="GET",code="200",outcome="session"': 1,
    'method="GET",code="200",outcome="refreshed"': 6,
    'method="POST",code="401",outcome="unauthenticated"': 1,
    'method="POST",code="200",outcome="own"': 1,
  });
  assert.deepEqual(samples(text, "http_requests_in_flight"), { "": 0 });
  assert.deepEqual(samples(text, "ws_connections"), { "": 1 });
  assert.deepEqual(samples(text, "idp_up"), { [`host="${host}"`]: 1 });
  assert.deepEqual(samples(text, "upstream_errors_total"), {});
  assert.deepEqual(samples(text, "upstream_retries_total"), { "": 0 });
  const requestsMade = Object.values(requests).reduce((sum, value) => sum + value, 0);
  assert.deepEqual(samples(text, "http_request_duration_seconds_count"), { "": requestsMade });
  assert.match(
    text,
    /hermes_gate_build_info\{version="0\.0\.0",revision="unknown",node="v[\d.]+"\} 1/,
  );
  assert.match(text, /^process_resident_memory_bytes \d/m);

  socket.close();
  await eventually("the tunnel's end", async () =>
    (await scrape()).includes('method="GET",code="101",outcome="ticket"} 1'),
  );
  assert.deepEqual(samples(await scrape(), "ws_connections"), { "": 0 });
});

test("counts requests in flight, and failures at the dashboard", async (t) => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  assert.ok(typeof address === "object" && address !== null);
  const { url, ask, scrape } = await startWatched(t, {
    upstream: `127.0.0.1:${address.port}`,
    public_paths: ["/slow"],
  });
  const client = connect(Number(new URL(url).port), "127.0.0.1");
  t.after(() => client.destroy());
  const goAway = () => {
    silent.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(goAway);
  client.write("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await eventually("a request in flight", async () =>
    (await scrape()).includes("hermes_gate_http_requests_in_flight 1"),
  );
  const ready = (await (await ask("/readyz")).json()) as { upstream: string };
  assert.equal(ready.upstream, "ok");
  client.destroy();
  await eventually("the client's end", async () => /in_flight 0$/m.test(await scrape()));
  goAway();
  assert.equal((await fetch(`${url}/slow`)).status, 502);
  const text = await scrape();
  assert.deepEqual(samples(text, "upstream_errors_total"), { 'error="upstream_unreachable"': 1 });
  assert.deepEqual(samples(text, "http_requests_in_flight"), { "": 0 });
  const after = await ask("/readyz");
  assert.equal(after.status, 200, "an upstream that is away is shown and does not fail");
  assert.match(((await after.json()) as { upstream: string }).upstream, /^upstream_unreachable: /);
});

test("answers its three paths and nothing else", async (t) => {
  const { ask, url } = await startWatched(t);
  const rows = [
    ["/healthz", "GET", 200],
    ["/healthz", "HEAD", 200],
    ["/readyz?verbose", "GET", 200],
    ["/metrics", "POST", 405],
    ["/", "GET", 404],
    ["/metrics/", "GET", 404],
    ["/api/auth/status", "GET", 404],
  ] as const;
  for (const [path, method, status] of rows) {
    const answer = await ask(path, { method });
    assert.equal(answer.status, status, `${method} ${path}`);
    assert.equal(answer.headers.get("cache-control"), "no-store");
  }
  assert.equal((await fetch(`${url}/metrics`, { redirect: "manual" })).status, 401, "S104");
});

test("readyz tells what it found", async (t) => {
  const { ask } = await startWatched(t);
  assert.deepEqual(await (await ask("/readyz")).json(), {
    ready: true,
    draining: false,
    session_key: "file",
    store: "ok",
    upstream: "ok",
    idp: {},
  });
});

test("readyz is 503 while the store is away, and healthz is not", async (t) => {
  const redis = await startRedis(t);
  if (redis === undefined) return;
  const { ask } = await startWatched(t, { store: redis.url });
  assert.equal((await ask("/readyz")).status, 200);
  await redis.stop();
  const away = await ask("/readyz");
  assert.equal(away.status, 503);
  assert.equal(((await away.json()) as { store: string }).store, "unavailable");
  assert.equal((await ask("/healthz")).status, 200);
});

test("readyz is 503 while the gate drains", async (t) => {
  const { url, ask, stop, browser } = await startWatched(t, {
    drain_timeout_seconds: 5,
  });
  const alice = browser();
  await signIn(alice, { url: `${url}/` });
  const port = Number(new URL(url).port);
  const held = connect(port, "127.0.0.1");
  t.after(() => held.destroy());
  const cookie = alice.jar.header(new URL(url));
  held.on("error", () => {});
  held.write(
    `POST /api/whoami HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${url}\r\nCookie: ${cookie}\r\nContent-Length: 5\r\n\r\n`,
  );
  await eventually("the request", async () =>
    /in_flight 1$/m.test(await (await ask("/metrics")).text()),
  );
  const stopped = stop();
  const draining = await ask("/readyz");
  assert.equal(draining.status, 503);
  assert.equal(((await draining.json()) as { draining: boolean }).draining, true);
  held.destroy();
  await stopped;
});

test("promtool accepts the metrics", async (t) => {
  if (!hasPrograms(t, "promtool")) return;
  const { scrape } = await startWatched(t);
  execFileSync("promtool", ["check", "metrics"], { input: await scrape(), stdio: "pipe" });
});
