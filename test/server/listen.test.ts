import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { createListener } from "../../src/server/listen.ts";
import { eventually } from "../support/eventually.ts";
import { type GateServer, nowhere, startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { closeFrame, handshakeText, switching } from "../support/raw-websocket.ts";
import { always, answerText, rawUpstream } from "../support/upstream.ts";

const get = requestText(["GET /x HTTP/1.1", "Host: h"]);
/** Resolves when no connection is taken any more. */
async function refuses(gate: GateServer): Promise<void> {
  await gate.refusing;
  await assert.rejects(gate.client(), { code: "ECONNREFUSED" });
}

/** Far beyond what a test waits: a stop that needs it does not end. */
const long = 60_000;

test("fails with the system's error where something listens already", async (t) => {
  const gate = await startGateServer(t, nowhere);
  const listener = createListener(createServer());
  await assert.rejects(listener.listen({ host: "127.0.0.1", port: gate.port }), {
    code: "EADDRINUSE",
  });
  const missing = `${import.meta.filename}/gate.sock`;
  await assert.rejects(listener.listen({ path: missing }), /ENOTDIR|ENOENT|EACCES/);
});

test("S100: a request under way finishes, and its connection is not kept", async (t) => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.request();
    begun.resolve();
    await go.promise;
    connection.send(answerText("whole"));
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const client = await gate.client();
  client.send(get);
  await begun.promise;
  const stopped = gate.stop(long);
  go.resolve();
  assert.equal(String((await client.answer()).body), "whole");
  assert.equal(await client.closing(), "end");
  await stopped;
});

test("idle connections are ended within a second, and no new one is taken", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("ok")));
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const fresh = await gate.client();
  const used = await gate.client();
  used.send(get);
  await used.answer();
  const started = performance.now();
  const stopped = gate.stop(long);
  await refuses(gate);
  assert.equal(await fresh.closing(), "end");
  assert.equal(await used.closing(), "end");
  await stopped;
  assert.ok(performance.now() - started < 1500);
});

test("S100: a POST that a proxy sends on an idle connection while the gate stops is answered, and told to close", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("ok")));
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const client = await gate.client();
  client.send(get);
  await client.answer();
  const stopped = gate.stop(long);
  await refuses(gate);
  client.send(requestText(["POST /x HTTP/1.1", "Host: h", "Content-Length: 4"], "body"));
  const answer = await client.answer();
  assert.match(answer.start, / 200 /);
  assert.match(answer.fields.join("\n"), /^connection: close$/im);
  assert.equal(await client.closing(), "end");
  await stopped;
});

test("S100: those whom the system took before the gate stopped are served", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("ok")));
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const post = requestText(["POST /x HTTP/1.1", "Host: h", "Content-Length: 4"], "body");
  // The system completes these at once, and the gate accepts one a turn.
  const clients = Array.from({ length: 30 }, () => gate.client());
  const stopped = gate.stop(long);
  const answers = clients.map(async (coming) => {
    const client = await coming;
    client.send(post);
    return (await client.answer()).start;
  });
  assert.deepEqual([...new Set(await Promise.all(answers))], ["HTTP/1.1 200 OK"]);
  await stopped;
});

test("S100: an idle connection is good while the gate stops, as long as something comes in on another", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("ok")));
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const [idle, busy] = [await gate.client(), await gate.client()];
  for (const client of [idle, busy]) {
    client.send(get);
    await client.answer();
  }
  const stopped = gate.stop(long);
  await gate.refusing;
  busy.send(requestText(["POST /x HTTP/1.1", "Host: h", "Content-Length: 1000"]));
  const started = performance.now();
  await eventually("so long that it would have been closed", () => {
    busy.send("x");
    return performance.now() - started > 1000;
  });
  idle.send(get);
  assert.match((await idle.answer()).start, / 200 /);
  busy.socket.destroy();
  await stopped;
});

test("S100: an upgrade on a kept connection while the gate stops gets no answer, and nothing goes upstream", async (t) => {
  const upstream = await rawUpstream(t, always(answerText("ok")));
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const client = await gate.client();
  client.send(get);
  await client.answer();
  const seen = upstream.taken;
  const stopped = gate.stop(long);
  await gate.refusing;
  client.send(handshakeText(gate.host, "/ws", [`Origin: http://${gate.host}`]));
  await client.closing();
  assert.equal(client.unread.length, 0);
  assert.equal(upstream.taken, seen);
  await stopped;
});

test("a request on a kept connection is served while the gate stops, and told to close", async (t) => {
  const first = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const upstream = await rawUpstream(t, async (connection) => {
    for (;;) {
      await connection.request();
      first.resolve();
      await go.promise;
      connection.send(answerText("ok"));
    }
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const client = await gate.client();
  client.send(get + get);
  await first.promise;
  const stopped = gate.stop(long);
  go.resolve();
  assert.match((await client.answer()).start, / 200 /);
  await stopped;
});

test("S100: sockets are closed 1012, and event streams end, at once", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    const { start } = await connection.requestHead();
    if (start.includes("/ws")) connection.send(switching);
    else {
      connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
    }
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const [socket, stream] = [await gate.client(), await gate.client()];
  socket.send(handshakeText(gate.host, "/ws", [`Origin: http://${gate.host}`]));
  assert.match((await socket.answer()).start, / 101 /);
  stream.send(get);
  await stream.until("data: 1\n\n");
  const stopped = gate.stop(long);
  assert.equal((await closeFrame(socket)).code, 1012);
  assert.equal(await stream.closing(), "end");
  await stopped;
});

test("S100: what is left at the hard limit is cut, requests and sockets that left HTTP alike", async (t) => {
  const begun = Promise.withResolvers<void>();
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.request();
    begun.resolve();
  });
  // A decision that never comes holds a handshake, which the server itself has forgotten.
  const gate = await startGateServer(t, upstream.origin, {
    publicPaths: ["/x"],
    resolve: () => new Promise(() => {}),
  });
  const [silent, undecided] = [await gate.client(), await gate.client()];
  silent.send(get);
  await begun.promise;
  undecided.send(handshakeText(gate.host, "/ws", [`Origin: http://${gate.host}`]));
  const other = await gate.client();
  other.send(requestText(["GET /login HTTP/1.1", "Host: h"]));
  await other.answer();
  await gate.stop(100);
  for (const client of [silent, undecided]) {
    await client.closing();
    assert.equal(client.unread.length, 0);
  }
});
