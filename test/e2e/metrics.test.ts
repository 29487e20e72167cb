/**
 * One scripted visit, and every number that the metrics then show: all of the gate's own samples are compared, so that one that is
 * counted twice, or for something else, is found as surely as one that is missing.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import type { Browser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { signIn, signOut } from "../support/sign-in.ts";
import { type Stack, startStack } from "./stack.ts";

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

type Samples = Readonly<Record<string, number>>;

/** The gate's own samples but for its version and the histogram's buckets and sum, by name and labels. */
async function scrape({ adminUrl }: Stack): Promise<Samples> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const lines = text.split("\n").flatMap((line) => {
    const [, name = "", value] = /^hermes_gate_(\S+) (\S+)$/.exec(line) ?? [];
    return value === undefined || /^build_info|_bucket\{|_sum$/.test(name) ? [] : [[name, value]];
  });
  return Object.fromEntries(lines.map(([name, value]) => [name, Number(value)]));
}

/** What was counted since. */
function since(before: Samples, after: Samples): Samples {
  const grown = Object.entries(after).map(([name, value]): [string, number] => [
    name,
    value - (before[name] ?? 0),
  ]);
  return Object.fromEntries(grown.filter(([, value]) => value !== 0));
}

const answered = (count: number, labels: string): Samples => ({
  [`http_requests_total{${labels}}`]: count,
});
const timed = (count: number): Samples => ({ http_request_duration_seconds_count: count });

async function mint(alice: Browser, url: string): Promise<string> {
  const headers = { origin: url, "sec-fetch-site": "same-origin" };
  const answer = await alice.fetch(`${url}/api/auth/ws-ticket`, { method: "POST", headers });
  return (answer.json() as { readonly ticket: string }).ticket;
}

async function started(t: TestContext, settings: Readonly<Record<string, unknown>> = {}) {
  const stack = await startStack(t, { settings: { admin_listen: "127.0.0.1:0", ...settings } });
  let last = await scrape(stack);
  /** What was counted since this was last asked. */
  const counted = async (): Promise<Samples> => {
    const now = await scrape(stack);
    const grown = since(last, now);
    last = now;
    return grown;
  };
  return { ...stack, counted, host: new URL(stack.idp.issuer).host, first: last };
}

test("every number of a scripted visit is exact", async (t) => {
  const allow = { emails: ["alice@example.com"] };
  const stack = await started(t, { allow, public_paths: ["/style.css"] });
  const { url, browser, clock, idp, dashboard, counted, host } = stack;
  assert.deepEqual(stack.first, {
    ...{ http_requests_in_flight: 0, ws_connections: 0, event_streams: 0 },
    ...{ upstream_retries_total: 0, http_request_duration_seconds_count: 0 },
  });
  const alice = browser();
  const call = (cookie?: string) =>
    alice.fetch(`${url}/api/whoami`, cookie === undefined ? {} : { headers: { cookie } });

  await signIn(alice, { url: `${url}/` });
  assert.deepEqual(await counted(), {
    'auth_logins_total{provider="demo",result="started"}': 1,
    'auth_logins_total{provider="demo",result="success"}': 1,
    ...answered(1, 'method="GET",code="302",outcome="unauthenticated"'),
    ...answered(1, 'method="GET",code="200",outcome="own"'),
    ...answered(2, 'method="GET",code="302",outcome="own"'),
    ...answered(1, 'method="GET",code="200",outcome="session"'),
    ...timed(5),
    // Discovery, the code's exchange, the signing keys.
    [`idp_requests_total{host="${host}",result="200"}`]: 3,
    [`idp_up{host="${host}"}`]: 1,
  });

  for (const _ of times(7, () => undefined)) await call();
  await alice.fetch(`${url}/style.css`, { headers: { cookie: "" } });
  await alice.fetch(`${url}/nowhere`);
  assert.deepEqual(await counted(), {
    ...answered(7, 'method="GET",code="200",outcome="session"'),
    ...answered(1, 'method="GET",code="200",outcome="public"'),
    ...answered(1, 'method="GET",code="404",outcome="session"'),
    ...timed(9),
  });

  const stale = alice.jar.header(new URL(url));
  clock.advance(61);
  const release = idp.holdTokenCalls();
  const waiting = Promise.all(times(5, () => call(stale)));
  await eventually(
    "all five wait",
    async () => (await scrape(stack))["http_requests_in_flight"] === 5,
  );
  release();
  await waiting;
  await call(stale);
  assert.deepEqual(await counted(), {
    'auth_refresh_total{provider="demo",result="success"}': 1,
    'auth_refresh_coalesced_total{how="shared"}': 4,
    'auth_refresh_coalesced_total{how="replayed"}': 1,
    ...answered(6, 'method="GET",code="200",outcome="refreshed"'),
    ...timed(6),
    [`idp_requests_total{host="${host}",result="200"}`]: 1,
  });

  const ticket = await mint(alice, url);
  const address = `${url}/ws/echo?ticket=${ticket}`;
  const socket = alice.socket(address, { headers: { cookie: "" } });
  await once(socket, "open");
  const again = alice.socket(address, { headers: { cookie: "" } });
  await once(again, "close");
  const events = await alice.stream(`${url}/api/events`);
  await once(events, "data");
  assert.deepEqual(await counted(), {
    'ws_tickets_total{event="minted"}': 1,
    'ws_tickets_total{event="redeemed"}': 1,
    'ws_tickets_total{event="rejected"}': 1,
    ...{ ws_connections: 1, event_streams: 1, http_requests_in_flight: 1 },
    ...answered(1, 'method="POST",code="200",outcome="own"'),
    ...answered(1, 'method="GET",code="401",outcome="unauthenticated"'),
    ...timed(1),
  });

  socket.close();
  await once(socket, "close");
  events.destroy();
  const isOver = async () => {
    const { ws_connections: sockets, http_requests_in_flight: flying } = await scrape(stack);
    return sockets === 0 && flying === 0;
  };
  await eventually("socket and stream are over", isOver);
  assert.deepEqual(await counted(), {
    ...{ ws_connections: -1, event_streams: -1, http_requests_in_flight: -1 },
    ...answered(1, 'method="GET",code="101",outcome="ticket"'),
    // An event stream never ends by itself: its reader left.
    ...answered(1, 'method="GET",code="499",outcome="session"'),
    ...timed(1),
  });

  const bob = browser();
  await assert.rejects(signIn(bob, { url: `${url}/`, user: "bob" }), /403/);
  const stranger = browser();
  const landing = await stranger.fetch(`${url}/auth/callback?code=a&state=b`);
  assert.equal(landing.status, 400);
  assert.deepEqual(await counted(), {
    'auth_logins_total{provider="demo",result="started"}': 1,
    'auth_logins_total{provider="demo",result="success"}': 1,
    'auth_logins_total{provider="other",result="failure"}': 1,
    ...answered(1, 'method="GET",code="302",outcome="unauthenticated"'),
    ...answered(1, 'method="GET",code="200",outcome="own"'),
    ...answered(2, 'method="GET",code="302",outcome="own"'),
    ...answered(1, 'method="GET",code="403",outcome="denied"'),
    ...answered(1, 'method="GET",code="400",outcome="refused"'),
    ...timed(6),
    [`idp_requests_total{host="${host}",result="200"}`]: 1,
  });

  idp.failTokenCalls({ status: 503 });
  clock.advance(61);
  assert.equal((await call()).status, 503);
  assert.deepEqual(await counted(), {
    'auth_refresh_total{provider="demo",result="unavailable"}': 1,
    ...answered(1, 'method="GET",code="503",outcome="unavailable"'),
    ...timed(1),
    [`idp_requests_total{host="${host}",result="503"}`]: 1,
    [`idp_up{host="${host}"}`]: -1,
  });

  idp.failTokenCalls();
  await call();
  await counted();
  idp.revokeGrants("user-alice");
  clock.advance(61);
  assert.equal((await call()).status, 401);
  assert.deepEqual(await counted(), {
    'auth_refresh_total{provider="demo",result="rejected"}': 1,
    ...answered(1, 'method="GET",code="401",outcome="expired"'),
    ...timed(1),
    [`idp_requests_total{host="${host}",result="400"}`]: 1,
  });

  await signIn(alice, { url: `${url}/` });
  await counted();
  await dashboard.close();
  assert.equal((await call()).status, 502);
  await signOut(alice, url);
  // One more try when the kept connections' end had not been seen yet: the next test counts it.
  const { upstream_retries_total: _, ...atTheEnd } = await counted();
  assert.deepEqual(atTheEnd, {
    'upstream_errors_total{error="upstream_unreachable"}': 1,
    ...answered(1, 'method="GET",code="502",outcome="session"'),
    ...answered(1, 'method="POST",code="302",outcome="own"'),
    ...answered(1, 'method="GET",code="200",outcome="own"'),
    ...timed(3),
    // The revocation.
    [`idp_requests_total{host="${host}",result="200"}`]: 1,
  });
});

test("a request that is sent again over a new connection is one retry and no error", async (t) => {
  let connections = 0;
  let requests = 0;
  const upstream = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {});
    socket.on("data", () => {
      requests += 1;
      // The kept connection dies as its second request arrives.
      if (requests === 2) socket.resetAndDestroy();
      else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
  }).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  t.after(() => upstream.close());
  const address = upstream.address();
  assert.ok(typeof address === "object" && address !== null);
  const { url, browser, counted } = await started(t, {
    ...{ upstream: `127.0.0.1:${address.port}`, public_paths: ["/a"] },
  });
  const alice = browser();
  assert.equal((await alice.fetch(`${url}/a`)).status, 200);
  assert.equal((await alice.fetch(`${url}/a`)).status, 200);
  assert.equal(connections, 2);
  assert.deepEqual(await counted(), {
    upstream_retries_total: 1,
    ...answered(2, 'method="GET",code="200",outcome="public"'),
    ...timed(2),
  });
});
