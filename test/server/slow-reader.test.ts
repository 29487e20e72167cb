import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { type GateServer, startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { handshakeText, switching } from "../support/raw-websocket.ts";
import { rawUpstream, type Script, type UpstreamConnection } from "../support/upstream.ts";

const size = 64 * 1024 * 1024;
const block = Buffer.alloc(256 * 1024);
const get = requestText(["GET /long HTTP/1.1", "Host: h"]);

/** Sends so much, as fast as it is taken. */
async function pour({ socket }: UpstreamConnection, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes && !socket.destroyed; sent += block.length) {
    if (socket.write(block)) continue;
    await new Promise((resolve) => socket.once("drain", resolve).once("close", resolve));
  }
}

const answering: Script = async (connection) => {
  const { start } = await connection.requestHead();
  if (start.startsWith("POST")) return;
  connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
  await pour(connection, size);
};

async function startGate(t: TestContext, script: Script, bodyIdleTimeoutSeconds: number) {
  const upstream = await rawUpstream(t, script);
  const limits = { bodyIdleTimeoutSeconds };
  const gate = await startGateServer(t, upstream.origin, { insecure: true, limits });
  return { upstream, gate };
}

/** Resolves when the limit has passed at least once and a look has come after it, as another client's 408 shows. */
async function limitPasses(gate: GateServer): Promise<void> {
  for (let rounds = 0; rounds < 3; rounds += 1) {
    const witness = await gate.client();
    witness.send(requestText(["POST /x HTTP/1.1", "Host: h", "Content-Length: 10"], "1"));
    assert.match((await witness.answer()).start, / 408 /);
  }
}

test("S93: a client that takes nothing of its answer is cut, at the upstream too", async (t) => {
  const { upstream, gate } = await startGate(t, answering, 0.1);
  const client = await gate.client();
  client.socket.pause();
  client.send(get);
  await eventually("the upstream is asked", () => upstream.taken === 1);
  await eventually("the upstream's half is closed", () => upstream.open === 0);
  await eventually("the line is written", () => gate.accessLines.length === 1);
  assert.equal(gate.accessLines[0]?.["status"], 499);
});

test("a client that reads on, however slowly, gets all", async (t) => {
  const { gate } = await startGate(t, answering, 0.5);
  const client = await gate.client();
  let received = 0;
  client.socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
    const before = received;
    received += chunk.length;
    const step = size / 8;
    if (Math.floor(before / step) === Math.floor(received / step)) return;
    client.socket.pause();
    setTimeout(() => client.socket.resume(), 150);
  });
  client.send(get);
  await eventually("all has come", () => received > size);
});

test("S83: an event stream that is silent is left alone", async (t) => {
  let speaker: UpstreamConnection | undefined;
  const script: Script = async (connection) => {
    const { start } = await connection.requestHead();
    if (start.startsWith("POST")) return;
    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: first\n\n");
    speaker = connection;
  };
  const { gate } = await startGate(t, script, 0.05);
  const client = await gate.client();
  client.send(get);
  await client.until("first");
  await limitPasses(gate);
  speaker?.send("data: second\n\n");
  await client.until("second");
});

test("S83: a WebSocket whose client reads nothing is left alone", async (t) => {
  let sent = false;
  const script: Script = async (connection) => {
    const { start } = await connection.requestHead();
    if (start.startsWith("POST")) return;
    connection.send(switching);
    void pour(connection, size);
    sent = true;
  };
  const { gate } = await startGate(t, script, 0.05);
  const client = await gate.client();
  client.send(handshakeText(gate.host, "/ws"));
  await client.answer();
  client.socket.pause();
  await eventually("the upstream sends", () => sent);
  await limitPasses(gate);
  let received = 0;
  client.socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  client.socket.resume();
  await eventually("it goes on", () => received > size / 2);
});

test("without a limit nobody is cut", async (t) => {
  const { upstream, gate } = await startGate(t, answering, 0);
  const other = await startGate(t, answering, 0.05);
  const client = await gate.client();
  client.socket.pause();
  client.send(get);
  await eventually("the upstream is asked", () => upstream.open === 1);
  await limitPasses(other.gate);
  assert.equal(upstream.open, 1);
});
