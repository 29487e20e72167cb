/** What the server holds against clients that come in numbers, before there is a request to decide on. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { nowhere, startGateServer } from "../support/gate-server.ts";

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
