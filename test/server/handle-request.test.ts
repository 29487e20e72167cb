import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { Resolution } from "../../src/session/session.ts";
import { eventually } from "../support/eventually.ts";
import { nowhere, startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { sessionAt } from "../support/session-parts.ts";
import { always, answerText, rawUpstream } from "../support/upstream.ts";

const get = (path: string, ...lines: readonly string[]) =>
  requestText([`GET ${path} HTTP/1.1`, "Host: h", ...lines]);

test("forwards an admitted request, and writes one access line without its query", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("hello")));
  const gate = await startGateServer(t, upstream.origin);
  const client = await gate.client();
  const cookie = await gate.cookieLine();
  client.send(requestText([`GET /x?token=secret-marker HTTP/1.1`, `Host: ${gate.host}`, cookie]));
  assert.equal(String((await client.answer()).body), "hello");
  await eventually("the line is written", () => gate.accessLines.length === 1);
  const { request_id, ip, method, path, status, outcome } = gate.accessLines[0] ?? {};
  assert.deepEqual(
    { request_id, ip, method, path, status, outcome },
    {
      request_id: "id-1",
      ip: "127.0.0.1",
      method: "GET",
      path: "/x",
      status: 200,
      outcome: "session",
    },
  );
  assert.doesNotMatch(JSON.stringify([gate.accessLines, gate.serverLog]), /marker|hermes_session/);
});

test("S26: no gate cookie goes upstream, all others byte for byte", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    connection.send(answerText((await connection.request()).values("cookie").join("|")));
  });
  const gate = await startGateServer(t, upstream.origin);
  const client = await gate.client();
  const cookie = `${await gate.cookieLine()}; theme=dark; x="y z"`;
  client.send(requestText(["GET / HTTP/1.1", `Host: ${gate.host}`, cookie]));
  assert.equal(String((await client.answer()).body), 'theme=dark; x="y z"');
});

const boom = () => {
  throw new Error("cause-marker");
};

for (const [name, resolve] of [
  ["at once", boom],
  ["later", async () => boom()],
] as const) {
  test(`S9: a decision that fails ${name} ends in 500, and nothing goes upstream`, async (t) => {
    const upstream = await rawUpstream(t, () => {});
    const gate = await startGateServer(t, upstream.origin, { resolve });
    const client = await gate.client();
    client.send(get("/x", "Cookie: hermes_session_at=x"));
    const answer = await client.answer();
    assert.match(answer.start, / 500 /);
    assert.doesNotMatch(String(answer.body), /marker/);
    assert.match(gate.serverLog.join("\n"), /^error Something went wrong.*"request_id":"id-1"/m);
    client.send(get("/login"));
    assert.match((await client.answer()).start, / 200 /, "the process and the connection live");
    assert.equal(upstream.taken, 0);
    assert.deepEqual(gate.accessLines.map(({ status, outcome }) => [status, outcome]).slice(0, 1), [
      [500, "refused"],
    ]);
  });
}

test("S9: a verdict that cannot be acted on ends in 500, not in the end of the process", async (t) => {
  const upstream = await rawUpstream(t, () => {});
  const gate = await startGateServer(t, upstream.origin, {
    // A reply whose field no server can write.
    login: { title: "Sign in", autoRedirect: true },
    gateBase: "/gate\u{1f6aa}",
  });
  const client = await gate.client();
  client.send(get("/page", "Accept: text/html"));
  assert.match((await client.answer()).start, / 500 /);
  client.send(get("/page"));
  assert.match((await client.answer()).start, / 401 /);
});

test("an upstream that cannot be reached is 502, as JSON or as a page", async (t) => {
  const gate = await startGateServer(t, nowhere, { insecure: true });
  const client = await gate.client();
  client.send(get("/x"));
  const json = await client.answer();
  assert.match(json.start, / 502 /);
  assert.equal(JSON.parse(String(json.body)).error, "upstream_unreachable");
  client.send(get("/x", "Accept: text/html"));
  const page = await client.answer();
  assert.match(page.start, / 502 /);
  assert.match(String(page.body), /The dashboard cannot be reached\.[\s\S]*id-2/);
});

test("S88: an upstream that breaks after the 100 is told to a client that goes on sending", async (t) => {
  const upstream = await rawUpstream(t, async ({ bytes, socket }) => {
    await bytes(50_000);
    socket.resetAndDestroy();
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const client = await gate.client();
  const [piece, rest] = [Buffer.alloc(100_000), Buffer.alloc(8_000_000)];
  const expecting = ["Content-Length: 8100000", "Expect: 100-continue"];
  client.send(requestText(["POST / HTTP/1.1", "Host: h", ...expecting]));
  assert.match((await client.answer()).start, / 100 /);
  client.send(piece);
  assert.match((await client.answer()).start, / 502 /);
  const broken = once(client.socket, "close");
  client.socket.end(rest);
  assert.deepEqual(await broken, [false], "a reset could have taken the answer with it");
});

test("a client that leaves while the gate decides is 499, and nothing goes upstream", async (t) => {
  const upstream = await rawUpstream(t, () => {});
  const decided = Promise.withResolvers<{ readonly kind: "absent" }>();
  let asked = false;
  const gate = await startGateServer(t, upstream.origin, {
    resolve: () => {
      asked = true;
      return decided.promise;
    },
  });
  const client = await gate.client();
  client.send(get("/x"));
  await eventually("the gate decides", () => asked);
  client.socket.destroy();
  await eventually("the line is written", () => gate.accessLines.length === 1);
  assert.equal(gate.accessLines[0]?.["status"], 499);
  decided.resolve({ kind: "absent" });
  const next = await gate.client();
  next.send(get("/login"));
  assert.match((await next.answer()).start, / 200 /);
  assert.equal(gate.accessLines.length, 2, "one line a request");
  assert.equal(upstream.taken, 0);
});

test("nothing goes upstream for a client that left before it was admitted", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("ok")));
  const decided = Promise.withResolvers<Resolution>();
  const gate = await startGateServer(t, upstream.origin, {
    resolve: () => decided.promise,
    publicPaths: ["/open"],
  });
  const client = await gate.client();
  client.send(get("/x"));
  client.socket.end();
  client.socket.destroy();
  await eventually("the line is written", () => gate.accessLines.length === 1);
  const session = sessionAt(gate.runtime.now());
  decided.resolve({ kind: "active", session, hasRefreshToken: true });
  const next = await gate.client();
  next.send(get("/open"));
  assert.equal(String((await next.answer()).body), "ok");
  assert.equal(upstream.taken, 1);
});

test("a rotated session rides on the dashboard's answer, which no cache may store", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("ok", ["Set-Cookie: own=1"])));
  const gate = await startGateServer(t, upstream.origin);
  const cookie = await gate.cookieLine();
  gate.runtime.pass(61_000);
  const client = await gate.client();
  client.send(requestText(["GET / HTTP/1.1", `Host: ${gate.host}`, cookie]));
  const answer = await client.answer();
  const names = answer.values("set-cookie").map((value) => value.slice(0, value.indexOf("=")));
  assert.deepEqual(names.toSorted(), ["hermes_session_at", "hermes_session_rt", "own"]);
  assert.deepEqual(answer.values("cache-control"), ["private, no-store"]);
});
