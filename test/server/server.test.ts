/** What the server holds against clients that come in numbers, before there is a request to decide on. */
import assert from "node:assert/strict";
import cluster from "node:cluster";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { nowhere, startGateServer } from "../support/gate-server.ts";
import { rawClient } from "../support/raw-client.ts";

test("S93: a connection above the limit is closed, is told to the operator once, and leaves the others alone", {
  timeout: 10_000,
}, async (t) => {
  const gate = await startGateServer(t, nowhere, { limits: { connections: 2 } });
  const [first, second] = [await gate.client(), await gate.client()];
  for (let more = 0; more < 3; more += 1) {
    const { socket } = await gate.client();
    await once(socket.resume(), "end");
  }
  assert.equal(gate.serverLog.filter((line) => line.includes("connections")).length, 1);
  for (const client of [first, second]) {
    client.send(`GET /api/auth/status HTTP/1.1\r\nHost: ${gate.host}\r\n\r\n`);
    assert.equal((await client.answer()).start, "HTTP/1.1 200 OK");
  }
});

test("S93: a worker closes a connection above its limit, and does not hand it back to be dealt out without end", {
  timeout: 20_000,
}, async (t) => {
  const exec = fileURLToPath(new URL("../support/capped-worker.ts", import.meta.url));
  cluster.setupPrimary({ exec, execArgv: [], silent: true });
  const worker = cluster.fork();
  t.after(() => worker.process.kill());
  const port = Number((await once(worker, "message"))[0]);
  const isServed = async (client: Awaited<ReturnType<typeof rawClient>>) => {
    client.send(`GET /api/auth/status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    assert.equal((await client.answer()).start, "HTTP/1.1 200 OK");
  };
  const served = [await rawClient(t, port), await rawClient(t, port)];
  for (const client of served) await isServed(client);
  for (let more = 0; more < 3; more += 1) await (await rawClient(t, port)).closing();
  for (const client of served) await isServed(client);
});
