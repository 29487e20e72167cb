/** What the proxy does when the upstream, the client or the way between them fails. */
import assert from "node:assert/strict";
import { createServer as createTcpServer } from "node:net";
import { describe, it } from "node:test";
import { eventually } from "../support/eventually.ts";
import { startProxy } from "../support/proxy.ts";
import { rawClient, requestText } from "../support/raw-client.ts";
import { answerText, rawUpstream, type UpstreamConnection } from "../support/upstream.ts";

const get = requestText(["GET / HTTP/1.1", "Host: h"]);

const twoLengths = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
const lengthAndChunks =
  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
const proceed = "HTTP/1.1 100 Continue\r\n\r\n";
const switching = "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";

describe("S100: an upstream that gives no answer", () => {
  const huge = `HTTP/1.1 200 OK\r\nX-Long: ${"a".repeat(70_000)}\r\n\r\n`;
  const rows: [name: string, code: string, act: (up: UpstreamConnection) => void][] = [
    ["closes", "upstream_unreachable", (up) => up.socket.end()],
    ["resets", "upstream_unreachable", (up) => up.socket.resetAndDestroy()],
    ["sends garbage", "upstream_invalid", (up) => up.send("I am no HTTP\r\n\r\n")],
    ["sends a header that is too large", "upstream_invalid", (up) => up.send(huge)],
    ["sends two lengths", "upstream_invalid", (up) => up.send(twoLengths)],
    ["sends length and chunks", "upstream_invalid", (up) => up.send(lengthAndChunks)],
    ["sends 101 interim answers", "upstream_invalid", (up) => up.send(proceed.repeat(101))],
    ["switches protocols unasked", "upstream_invalid", (up) => up.send(switching)],
  ];
  for (const [name, code, act] of rows) {
    it(`${name}: fails with ${code} and a sentence for the operator`, async (t) => {
      const upstream = await rawUpstream(t, async (connection) => {
        await connection.request();
        act(connection);
      });
      const proxy = await startProxy(t, upstream.origin);
      const client = await rawClient(t, proxy.port);
      client.send(get);
      assert.equal(String((await client.answer()).body), code);
      assert.equal(proxy.failures.length, 1);
      assert.equal(proxy.failures[0]?.facts["upstream"], upstream.origin);
      assert.match(String(proxy.failures[0]?.facts["hint"]), /\w+ \w+/);
    });
  }

  it("is refused: fails at once", async (t) => {
    const upstream = await rawUpstream(t, () => {});
    await upstream.stop();
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "upstream_unreachable");
    assert.match(String(proxy.failures[0]?.facts["hint"]), /nothing listens/);
  });

  it("is silent: fails with upstream_timeout after responseTimeoutMs", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => void (await connection.request()));
    const proxy = await startProxy(t, upstream.origin, { responseTimeoutMs: 300 });
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "upstream_timeout");
    await eventually("its connection is given up", () => upstream.open === 0);
  });

  it("goes on with interim answers: fails with upstream_timeout all the same", async (t) => {
    let speaking: NodeJS.Timeout | undefined;
    t.after(() => clearInterval(speaking));
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      speaking = setInterval(connection.send, 20, proceed);
    });
    const proxy = await startProxy(t, upstream.origin, { responseTimeoutMs: 300 });
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "upstream_timeout");
    await eventually("its connection is given up", () => upstream.open === 0);
  });

  it("floods the client with hints: fails with upstream_invalid after a hundred", async (t) => {
    const hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send(hint.repeat(1000));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    for (let hints = 0; hints < 100; hints += 1) {
      assert.equal((await client.answer()).start, "HTTP/1.1 103 Early Hints");
    }
    assert.equal(String((await client.answer()).body), "upstream_invalid");
    assert.match(String(proxy.failures[0]?.facts["hint"]), /interim answers/);
    await eventually("its connection is given up", () => upstream.open === 0);
  });

  it("does not take the connection: fails with upstream_timeout after connectTimeoutMs", async (t) => {
    // A TLS client waits for a server that accepts and never speaks.
    const mute = createTcpServer(() => {});
    await new Promise<void>((resolve) => {
      mute.listen(0, "127.0.0.1", resolve);
    });
    t.after(() => mute.close());
    const address = mute.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const proxy = await startProxy(t, `https://127.0.0.1:${port}`, { connectTimeoutMs: 200 });
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "upstream_timeout");
  });
});

describe("S87: an upstream that breaks off in the middle of its answer", () => {
  const rows: [name: string, start: string, request: string][] = [
    ["of known length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", get],
    ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n", get],
    [
      "in chunks, to a client that takes the end of the connection for the end of the body",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
      requestText(["GET / HTTP/1.0", "Host: h"]),
    ],
  ];
  for (const [name, start, request] of rows) {
    it(`${name}: the client's connection breaks too`, async (t) => {
      const upstream = await rawUpstream(t, async (connection) => {
        await connection.request();
        connection.send(start);
        await connection.until("break");
      });
      const proxy = await startProxy(t, upstream.origin);
      const client = await rawClient(t, proxy.port);
      client.send(request);
      await client.until("part");
      await upstream.stop();
      const rest = String(await client.rest());
      assert.ok(!rest.includes("0\r\n\r\n"), "no end of the body was written");
      if (request !== get) assert.equal(await client.closing(), "reset");
      assert.equal(proxy.failures.length, 0);
      assert.equal(proxy.warnings.length, 1);
    });
  }

  it("by a reset, without having told a length: the client's connection breaks too", async (t) => {
    const seen = Promise.withResolvers<void>();
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send("HTTP/1.1 200 OK\r\n\r\npart");
      await seen.promise;
      connection.socket.resetAndDestroy();
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await client.until("part");
    seen.resolve();
    assert.ok(!String(await client.rest()).includes("0\r\n\r\n"));
  });
});

describe("a client that goes away", () => {
  it("takes its pending request with it", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => void (await connection.request()));
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await eventually("the request is there", () => upstream.open === 1);
    client.socket.destroy();
    await eventually("the upstream's connection closes", () => upstream.open === 0);
    assert.equal(proxy.failures.length, 0);
  });

  it("takes its streaming answer with it", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await client.until("part");
    client.socket.resetAndDestroy();
    await eventually("the upstream's connection closes", () => upstream.open === 0);
    assert.equal(proxy.warnings.length, 0);
  });

  for (const how of ["destroy", "resetAndDestroy", "end"] as const) {
    it(`takes its unfinished upload with it (${how})`, async (t) => {
      let end: "end" | "reset" | undefined;
      const upstream = await rawUpstream(t, async (connection) => {
        await connection.requestHead();
        end = await connection.closing();
        connection.socket.destroy();
      });
      const proxy = await startProxy(t, upstream.origin);
      const client = await rawClient(t, proxy.port);
      client.send(requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 100"], "part"));
      await eventually("the upload is there", () => upstream.open === 1);
      client.socket[how]();
      await eventually(
        "the upstream's connection closes",
        () => end !== undefined && upstream.open === 0,
      );
      assert.equal(proxy.failures.length, 0);
    });
  }
});

describe("leaks", () => {
  it("leaves no socket behind after a hundred requests of which every second is broken off", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      for (;;) {
        const { start } = await connection.request();
        if (start.includes("hang"))
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
        else connection.send(answerText("x"));
      }
    });
    const proxy = await startProxy(t, upstream.origin);
    for (let round = 0; round < 50; round += 1) {
      const client = await rawClient(t, proxy.port);
      client.send(get);
      await client.answer();
      client.send(requestText(["GET /hang HTTP/1.1", "Host: h"]));
      await client.until("part");
      client.socket.destroy();
    }
    await eventually("hung connections close", () => upstream.open <= 1);
    await proxy.upstream.close();
    await eventually("all connections close", () => upstream.open === 0);
  });

  it("stays whole when the upstream answers all in one piece and closes", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.socket.end(answerText("whole", ["Connection: close"]));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    for (const _ of [1, 2, 3]) {
      client.send(get);
      assert.equal(String((await client.answer()).body), "whole");
    }
    assert.equal(upstream.taken, 3);
  });

  it("S87: gives up a kept connection on which bytes come unasked", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      for (;;) {
        await connection.request();
        connection.send(answerText(String(connection.number)));
        if (connection.number === 1) connection.send(answerText("planted"));
      }
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "1");
    await eventually("the connection is given up", () => upstream.open === 0);
    client.send(get);
    assert.equal(String((await client.answer()).body), "2");
  });
});
