import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { nowhere, startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { closeFrame, handshakeText, switching } from "../support/raw-websocket.ts";
import { answerText, rawUpstream } from "../support/upstream.ts";

const origin = (host: string) => `Origin: http://${host}`;

test("S74: joins an admitted browser with the upstream, byte for byte", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.requestHead();
    connection.send(`${switching}\x81\x02hi`);
    connection.send(await connection.bytes(4));
  });
  const gate = await startGateServer(t, upstream.origin);
  const client = await gate.client();
  client.send(handshakeText(gate.host, "/ws", [origin(gate.host), await gate.cookieLine()]));
  assert.match((await client.answer()).start, / 101 /);
  assert.equal(String(await client.bytes(4)), "\ufffd\x02hi");
  client.send("\x01\x02\x03\x04");
  assert.deepEqual([...(await client.bytes(4))], [1, 2, 3, 4]);
});

test("S80: h2c, and what else is no websocket, goes on as plain HTTP without the field", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    for (;;) {
      const { fields, body } = await connection.request();
      connection.send(answerText(`${body}\n${fields.join("\n")}`));
    }
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  for (const protocol of ["h2c", "tls/1.0", "websocket, h2c"]) {
    const client = await gate.client();
    const lines = [
      "Connection: Upgrade, HTTP2-Settings",
      `Upgrade: ${protocol}`,
      "HTTP2-Settings: AAMA",
    ];
    client.send(requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 4", ...lines], "body"));
    const answer = await client.answer();
    assert.match(answer.start, / 200 /, protocol);
    assert.match(String(answer.body), /^body\n/);
    assert.doesNotMatch(String(answer.body), /upgrade|http2-settings/i);
  }
});

test("S80: what follows an h2c request is judged as a request of its own", async (t) => {
  const gate = await startGateServer(t, nowhere, { publicPaths: ["/open"] });
  const client = await gate.client();
  const upgrade = ["Connection: Upgrade", "Upgrade: h2c"];
  client.send(requestText(["GET /open HTTP/1.1", "Host: h", ...upgrade]));
  assert.match((await client.answer()).start, / 502 /, "the open path was forwarded");
  client.send(requestText(["GET /secret HTTP/1.1", "Host: h"]));
  assert.match((await client.answer()).start, / 401 /);
});

test("S9: a decision that fails ends in 500, and nothing goes upstream", async (t) => {
  const upstream = await rawUpstream(t, () => {});
  const gate = await startGateServer(t, upstream.origin, {
    resolve: () => {
      throw new Error("cause-marker");
    },
  });
  const client = await gate.client();
  client.send(handshakeText(gate.host, "/ws", [origin(gate.host)]));
  const answer = await client.answer();
  assert.match(answer.start, / 500 /);
  assert.doesNotMatch(String(answer.body), /marker/);
  assert.match(gate.serverLog.join("\n"), /^error /m);
  assert.equal(await client.closing(), "end");
  client.socket.end();
  await eventually("the line is written", () => gate.accessLines.length === 1);
  assert.equal(gate.accessLines[0]?.["status"], 500);
  assert.equal(upstream.taken, 0);
});

test("the access line says what the client was answered: the upstream's own refusal, a 101, or nothing", async (t) => {
  const answers = [answerText("not here", [], "404 Not Found"), switching, undefined];
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.requestHead();
    const text = answers.shift();
    if (text !== undefined) connection.send(text);
  });
  const gate = await startGateServer(t, upstream.origin);
  const handshake = handshakeText(gate.host, "/ws", [origin(gate.host), await gate.cookieLine()]);
  for (const status of [404, 101, 499]) {
    const client = await gate.client();
    const before = gate.accessLines.length;
    client.send(handshake);
    if (status === 499) await eventually("it is on its way", () => answers.length === 0);
    else assert.match((await client.answer()).start, new RegExp(` ${status} `));
    client.socket.destroy();
    await eventually("the line is written", () => gate.accessLines.length > before);
    assert.equal(gate.accessLines.at(-1)?.["status"], status);
  }
});

test("an upstream that cannot be reached is 502, in the log too", async (t) => {
  const gate = await startGateServer(t, nowhere);
  const client = await gate.client();
  client.send(handshakeText(gate.host, "/ws", [origin(gate.host), await gate.cookieLine()]));
  const answer = await client.answer();
  assert.match(answer.start, / 502 /);
  assert.equal(JSON.parse(String(answer.body)).error, "upstream_unreachable");
  assert.equal(await client.closing(), "end");
  client.socket.end();
  await eventually("the line is written", () => gate.accessLines.length === 1);
  const { status, outcome, path } = gate.accessLines.at(-1) ?? {};
  assert.deepEqual([status, outcome, path], [502, "session", "/ws"]);
});

test("S101: a tunnel's access line comes when it is closed, without the query", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.requestHead();
    connection.send(switching);
  });
  const gate = await startGateServer(t, upstream.origin);
  const client = await gate.client();
  const lines = [origin(gate.host), await gate.cookieLine()];
  client.send(handshakeText(gate.host, "/ws?token=secret-marker", lines));
  assert.match((await client.answer()).start, / 101 /);
  assert.equal(gate.accessLines.length, 0);
  client.socket.destroy();
  await eventually("the line is written", () => gate.accessLines.length === 1);
  const { status, outcome, path } = gate.accessLines[0] ?? {};
  assert.deepEqual([status, outcome, path], [101, "session", "/ws"]);
  assert.doesNotMatch(JSON.stringify(gate.accessLines), /marker/);
});

test("S100: a client that resets while the gate decides harms nobody", async (t) => {
  const decided = Promise.withResolvers<{ readonly kind: "absent" }>();
  const gate = await startGateServer(t, nowhere, { resolve: () => decided.promise });
  const rude = await gate.client();
  rude.send(handshakeText(gate.host, "/ws", [origin(gate.host)]));
  await eventually("the gate decides", () => rude.socket.bytesWritten > 0);
  rude.socket.resetAndDestroy();
  await eventually("the line is written", () => gate.accessLines.length === 1);
  assert.equal(gate.accessLines[0]?.["status"], 499);
  decided.resolve({ kind: "absent" });
  const client = await gate.client();
  client.send(requestText(["GET /login HTTP/1.1", "Host: h"]));
  assert.match((await client.answer()).start, / 200 /);
});

test("S68, S82: signing out closes the session's socket 4401", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.requestHead();
    connection.send(switching);
  });
  const gate = await startGateServer(t, upstream.origin);
  const cookie = await gate.cookieLine();
  const client = await gate.client();
  client.send(handshakeText(gate.host, "/ws", [origin(gate.host), cookie]));
  assert.match((await client.answer()).start, / 101 /);
  const other = await gate.client();
  other.send(requestText(["POST /auth/logout HTTP/1.1", `Host: ${gate.host}`, cookie]));
  assert.match((await other.answer()).start, / 200 /);
  assert.equal((await closeFrame(client)).code, 4401);
});
