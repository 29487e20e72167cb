import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { answerText, rawUpstream } from "../support/upstream.ts";

const get = (path: string) => requestText([`GET ${path} HTTP/1.1`, "Host: h"]);

test("S93: pipelined requests are asked one after another, and answered in their order", async (t) => {
  let asking = 0;
  let most = 0;
  const upstream = await rawUpstream(t, async (connection) => {
    for (;;) {
      const { start } = await connection.request();
      asking += 1;
      most = Math.max(most, asking);
      await new Promise((resolve) => setImmediate(resolve));
      asking -= 1;
      connection.send(answerText(start));
    }
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const client = await gate.client();
  const paths = Array.from({ length: 50 }, (_, at) => `/${at}`);
  // The gate's own answers stand among them.
  client.send(paths.map((path, at) => get(at % 10 === 9 ? "/login" : path)).join(""));
  for (const [at, path] of paths.entries()) {
    const { start, body } = await client.answer();
    assert.match(start, /^HTTP\/1\.1 200 /);
    if (at % 10 !== 9) assert.equal(String(body), `GET ${path} HTTP/1.1`);
  }
  assert.equal(most, 1);
  assert.equal(upstream.taken, 1);
});

test("S93: a client that leaves takes the requests with it that wait for their turn", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.request();
    await connection.closing();
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const client = await gate.client();
  client.send(get("/1") + get("/2") + get("/3"));
  await eventually("the first is asked", () => upstream.open === 1);
  client.socket.destroy();
  await eventually("it is called off", () => upstream.open === 0);
  const next = await gate.client();
  next.send(get("/login"));
  await next.answer();
  assert.equal(upstream.taken, 1);
});

for (const [waiting, served] of [
  [100, true],
  [101, false],
] as const) {
  test(`S93: a connection on which ${waiting} requests wait is ${served ? "served" : "cut"}`, async (t) => {
    const go = Promise.withResolvers<void>();
    const upstream = await rawUpstream(t, async (connection) => {
      for (;;) {
        await connection.request();
        await go.promise;
        connection.send(answerText("x"));
      }
    });
    const gate = await startGateServer(t, upstream.origin, { insecure: true });
    const client = await gate.client();
    client.send(get("/").repeat(1 + waiting));
    if (!served) {
      assert.equal(String(await client.rest()), "");
      return;
    }
    await eventually("the first is asked", () => upstream.open === 1);
    go.resolve();
    for (let count = 0; count <= waiting; count += 1) await client.answer();
  });
}
