import assert from "node:assert/strict";
import { describe, it, type TestContext, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { handshakeText, switching } from "../support/raw-websocket.ts";
import { answerText, type RawUpstream, rawUpstream } from "../support/upstream.ts";

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

describe("an upgrade behind requests that are not answered yet", () => {
  const long = "x".repeat(32 * 1024 * 1024);

  /** Answers with the path once it may; a WebSocket is opened at once, and says the bytes back that it is sent. */
  async function startStand(t: TestContext, limits: { bodyIdleTimeoutSeconds?: number } = {}) {
    const go = Promise.withResolvers<void>();
    const asked: string[] = [];
    const upstream: RawUpstream = await rawUpstream(t, async (connection) => {
      for (;;) {
        const { start } = await connection.requestHead();
        const path = start.split(" ")[1] ?? "";
        asked.push(path);
        if (path === "/ws") {
          connection.send(switching);
          connection.send(await connection.bytes(4));
          continue;
        }
        await go.promise;
        connection.send(answerText(path === "/long" ? long : path));
        if (path === "/long") return;
      }
    });
    const gate = await startGateServer(t, upstream.origin, { insecure: true, limits });
    return { upstream, gate, asked, client: await gate.client(), go: go.resolve };
  }

  it("S93: is asked after them, and its 101 comes behind their answers", async (t) => {
    const { gate, asked, client, go } = await startStand(t);
    client.send(`${get("/1")}${get("/2")}${handshakeText(gate.host, "/ws")}ping`);
    await eventually("the first is asked", () => asked.length > 0);
    // What was handed over with it has had its chance by now.
    const other = await gate.client();
    other.send(get("/login"));
    await other.answer();
    assert.deepEqual(asked, ["/1"]);
    go();
    assert.equal(String((await client.answer()).body), "/1");
    assert.equal(String((await client.answer()).body), "/2");
    assert.match((await client.answer()).start, / 101 /);
    assert.equal(String(await client.bytes(4)), "ping");
    assert.deepEqual(asked, ["/1", "/2", "/ws"]);
  });

  for (const [name, refused, status] of [
    ["an upgrade", "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket", 426],
    ["a CONNECT", "CONNECT h:1 HTTP/1.1\r\nHost: h:1", 405],
  ] as const) {
    it(`S93: has its refusal wait for its turn too: ${name}`, async (t) => {
      const { asked, client, go } = await startStand(t);
      client.send(`${get("/1")}${refused}\r\n\r\n`);
      await eventually("the first is asked", () => asked.length > 0);
      go();
      assert.equal(String((await client.answer()).body), "/1");
      assert.match((await client.answer()).start, new RegExp(` ${status} `));
      assert.equal(await client.closing(), "end");
    });
  }

  it("S93: is never asked when the answer before it ends the connection", async (t) => {
    const { upstream, gate, client } = await startStand(t);
    client.send(`GET / HTTP/1.1\r\n\r\n${handshakeText(gate.host, "/ws")}`);
    assert.match((await client.answer()).start, / 400 /);
    assert.equal(String(await client.rest()), "");
    const other = await gate.client();
    other.send(get("/login"));
    await other.answer();
    assert.equal(upstream.taken, 0);
  });

  for (const how of ["ends", "resets"] as const) {
    it(`S93, S100: goes when its client ${how}, and takes the request before it along`, async (t) => {
      const { upstream, gate, asked, client } = await startStand(t);
      client.send(get("/1") + handshakeText(gate.host, "/ws"));
      await eventually("the first is asked", () => asked.length > 0);
      if (how === "ends") client.socket.end();
      else client.socket.resetAndDestroy();
      await eventually("it is called off", () => upstream.open === 0);
      const other = await gate.client();
      other.send(get("/login"));
      await other.answer();
      assert.deepEqual(asked, ["/1"]);
    });
  }

  it("S93: holds up no long answer before it", async (t) => {
    const { gate, client, go } = await startStand(t);
    client.send(get("/long") + handshakeText(gate.host, "/ws"));
    go();
    let received = 0;
    let last = "";
    client.socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
      received += chunk.length;
      last = String(chunk.subarray(-500));
    });
    await eventually("all has come", () => received > long.length);
    await eventually("its turn comes", () => last.includes("HTTP/1.1 101 "));
  });

  it("S93: spares no client that takes nothing of its answer", async (t) => {
    const { upstream, gate, asked, client, go } = await startStand(t, {
      bodyIdleTimeoutSeconds: 0.1,
    });
    client.socket.pause();
    client.send(get("/long") + handshakeText(gate.host, "/ws"));
    await eventually("the first is asked", () => asked.length > 0);
    go();
    await eventually("the upstream's half is closed", () => upstream.open === 0);
  });
});
