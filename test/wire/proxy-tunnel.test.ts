/** WebSocket upgrades through the proxy, byte by byte. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { acceptOf } from "../../src/proxy/handshake.ts";
import { createClock } from "../support/clock.ts";
import { eventually, standsStill } from "../support/eventually.ts";
import { ada, type ProxyParts, startProxy, streamOwner } from "../support/proxy.ts";
import { rawClient, requestText } from "../support/raw-client.ts";
import { answerText, rawUpstream, type Script } from "../support/upstream.ts";

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const accept = acceptOf(key);
const handshake = requestText([
  "GET /live?x=%2f HTTP/1.1",
  "Host: h",
  "X-Odd-CASE: 1",
  "Connection: keep-alive, Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${key}`,
  "Sec-WebSocket-Extensions: permessage-deflate",
  "Cookie: own=1; hermes_session_at=SECRET",
]);
const switching = (...more: string[]) =>
  requestText([
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...more,
  ]);
const text = (payload: string) =>
  Buffer.concat([Buffer.from([0x81, payload.length]), Buffer.from(payload)]);
const closeFrame = (code: number) => Buffer.from([0x88, 2, code >> 8, code & 0xff]);
const lasting = { stream: streamOwner("s-1") };

/** A client behind the proxy before an upstream that follows the script; the handshake is sent. */
async function dial(t: TestContext, script: Script, parts: ProxyParts = {}, halfOpen = false) {
  const upstream = await rawUpstream(t, script, { halfOpen });
  const proxy = await startProxy(t, upstream.origin, parts);
  const client = await rawClient(t, proxy.port);
  client.send(handshake);
  return { upstream, proxy, client };
}

/** Completes the handshake and sends this. */
const accepting =
  (...frames: Buffer[]): Script =>
  async (connection) => {
    await connection.request();
    connection.send(switching());
    for (const frame of frames) connection.send(frame);
  };

describe("the handshake", () => {
  it("goes up with target, order and case as sent, and without the gate's cookies", async (t) => {
    const asked = Promise.withResolvers<{ start: string; fields: readonly string[] }>();
    await dial(t, async (connection) => asked.resolve(await connection.request()), {
      plan: { identity: { identity: ada, provider: "corp" } },
    });
    const { start, fields } = await asked.promise;
    assert.equal(start, "GET /live?x=%2f HTTP/1.1");
    assert.deepEqual(fields.slice(0, 8), [
      "Host: h",
      "X-Odd-CASE: 1",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${key}`,
      "Sec-WebSocket-Extensions: permessage-deflate",
      "Cookie: own=1",
      "Connection: Upgrade",
      "Upgrade: websocket",
    ]);
    assert.ok(fields.includes("X-Forwarded-User: u-1"));
  });

  it("comes back with the upstream's fields in their order and case, and the rotated cookies", async (t) => {
    const { client } = await dial(
      t,
      async (connection) => {
        await connection.request();
        connection.send(
          switching(
            "X-Odd-CASE: caf\xe9",
            "Set-Cookie: own=1",
            "Set-Cookie: hermes_session_at=planted",
          ),
        );
      },
      { plan: { cookies: () => ["hermes_session_at=new"] } },
    );
    const { start, fields } = await client.answer();
    assert.equal(start, "HTTP/1.1 101 Switching Protocols");
    assert.deepEqual(fields, [
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
      "X-Odd-CASE: caf\xe9",
      "Set-Cookie: own=1",
      "Set-Cookie: hermes_session_at=new",
      "Cache-Control: private, no-store",
    ]);
  });

  it("S79: keeps back what the client sends before the 101", async (t) => {
    const early = Promise.withResolvers<string>();
    const go = Promise.withResolvers<void>();
    const { client, upstream, proxy } = await dial(t, async (connection) => {
      await connection.request();
      await go.promise;
      early.resolve(connection.unread.toString("latin1"));
      connection.send(switching());
      connection.send(await connection.until("smuggled"));
    });
    await eventually("the handshake is there", () => upstream.open === 1);
    const before = proxy.received();
    client.send("GET /admin HTTP/1.1\r\n\r\nsmuggled");
    await eventually("the proxy has the bytes", () => proxy.received() > before);
    await new Promise((resolve) => setImmediate(resolve));
    go.resolve();
    assert.equal(await early.promise, "");
    await client.until("smuggled");
  });

  it("passes bytes that came with the client's head, and with the 101", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send(Buffer.concat([Buffer.from(switching(), "latin1"), text("early")]));
      connection.send(await connection.until("head"));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(`${handshake}head`);
    await client.answer();
    assert.deepEqual(await client.bytes(7), text("early"));
    await client.until("head");
  });

  const faults: [name: string, answer: string, hint: RegExp][] = [
    ["a wrong Accept", switching().replace(accept, acceptOf("other")), /Sec-WebSocket-Accept/],
    ["no Accept", switching().replace(/Sec-WebSocket-Accept.*\r\n/, ""), /Sec-WebSocket-Accept/],
    [
      "another protocol",
      switching().replace("Upgrade: websocket", "Upgrade: h2c"),
      /Upgrade: websocket/,
    ],
    ["garbage", "I am no HTTP\r\n\r\n", /HTTP/],
    // Node's parser takes these and Node does not write them: what it throws in an event ends the process.
    ["a status below 100", "HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n", /HTTP/],
    ["words with a control character", answerText("", [], "403 N\x01o"), /HTTP/],
  ];
  for (const [name, answer, hint] of faults) {
    it(`S79: fails with upstream_invalid on ${name}, and nothing passes`, async (t) => {
      const { client, proxy, upstream } = await dial(t, async (connection) => {
        await connection.request();
        connection.send(answer);
        await connection.closing();
      });
      assert.match(String(await client.rest()), /^HTTP\/1\.1 502 .*upstream_invalid$/s);
      assert.match(String(proxy.failures[0]?.facts["hint"]), hint);
      await eventually("the upstream's half closes", () => upstream.open === 0);
    });
  }

  it("fails with upstream_timeout after upgradeTimeoutMs", async (t) => {
    const { client, upstream } = await dial(t, async () => {}, { upgradeTimeoutMs: 100 });
    assert.match(String(await client.rest()), /upstream_timeout$/);
    await eventually("the upstream's half closes", () => upstream.open === 0);
  });

  it("fails with upstream_unreachable when it is refused or dropped", async (t) => {
    const dropped = await dial(t, async (connection) => {
      await connection.request();
      connection.socket.resetAndDestroy();
    });
    assert.match(String(await dropped.client.rest()), /upstream_unreachable$/);
    await dropped.upstream.stop();
    const again = await rawClient(t, dropped.proxy.port);
    again.send(handshake);
    assert.match(String(await again.rest()), /upstream_unreachable$/);
  });

  for (const how of ["end", "destroy", "resetAndDestroy"] as const) {
    it(`is given up when the client leaves meanwhile (${how})`, async (t) => {
      const { client, upstream, proxy } = await dial(t, async (connection) => {
        await connection.request();
        await connection.closing();
      });
      await eventually("the handshake is there", () => upstream.open === 1);
      client.socket[how]();
      await eventually("the upstream's half closes", () => upstream.open === 0);
      assert.equal(proxy.failures.length, 0);
    });
  }

  it("is given up when its session ends meanwhile", async (t) => {
    const { client, upstream, proxy } = await dial(t, async () => {}, { plan: lasting });
    await eventually("the handshake is there", () => upstream.open === 1);
    proxy.upstream.closeSession("s-1", 4401);
    assert.match(String(await client.rest()), /session_expired$/);
  });
});

describe("an answer that is no 101", () => {
  it("is passed on whole, and both sides close", async (t) => {
    const { client, upstream } = await dial(t, async (connection) => {
      await connection.request();
      connection.send(
        answerText('{"why":"origin"}', ["X-Odd-CASE: 1", "Set-Cookie: a=1"], "403 Forbidden"),
      );
    });
    const { start, values, fields, body } = await client.answer();
    assert.equal(start, "HTTP/1.1 403 Forbidden");
    assert.ok(fields.includes("X-Odd-CASE: 1"));
    assert.deepEqual(values("connection"), ["close"]);
    assert.equal(String(body), '{"why":"origin"}');
    assert.equal(await client.closing(), "end");
    await eventually("the upstream's half closes", () => upstream.open === 0);
  });

  it("is passed on in chunks when it has no length", async (t) => {
    const { client } = await dial(t, async (connection) => {
      await connection.request();
      connection.send(
        "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
      );
    });
    assert.equal(String((await client.answer()).body), "no");
  });

  it("S79: lets no later bytes of the client through", async (t) => {
    const after = Promise.withResolvers<string>();
    const { client } = await dial(t, async (connection) => {
      await connection.request();
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      await connection.closing();
      after.resolve(connection.unread.toString("latin1"));
    });
    client.send("GET /admin HTTP/1.1\r\nHost: h\r\n\r\n");
    assert.equal(String((await client.answer()).body), "ok");
    assert.equal(await after.promise, "");
    assert.ok(!String(await client.rest()).includes("HTTP/1.1"));
  });

  it("breaks off with the upstream", async (t) => {
    const { client } = await dial(t, async (connection) => {
      await connection.request();
      connection.socket.end("HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\npart");
    });
    await client.until("part");
    assert.equal((await client.rest()).length, 0);
  });
});

describe("the joined sockets", () => {
  it("pass bytes both ways untouched", async (t) => {
    const frames = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 31) & 0xff));
    const { client } = await dial(t, async (connection) => {
      await connection.request();
      connection.send(switching());
      connection.send(await connection.bytes(frames.length));
    });
    await client.answer();
    client.send(frames);
    assert.ok((await client.bytes(frames.length)).equals(frames));
  });

  it("pass an end of the upstream on as an end, after all its bytes", async (t) => {
    const big = Buffer.alloc(4_000_000, 0x61);
    const { client, upstream } = await dial(t, async (connection) => {
      await connection.request();
      connection.send(switching());
      connection.socket.end(big);
    });
    await client.answer();
    client.socket.pause();
    await eventually("the upstream has sent some", () => upstream.open === 1);
    client.socket.resume();
    assert.equal((await client.rest()).length, big.length);
    assert.equal(await client.closing(), "end");
  });

  it("pass an end of the client on as an end, and what the upstream says after it", async (t) => {
    const script: Script = async (connection) => {
      await connection.request();
      connection.send(switching());
      await connection.closing();
      connection.socket.end("last words");
    };
    const { client } = await dial(t, script, {}, true);
    await client.answer();
    client.socket.end();
    assert.equal(String(await client.rest()), "last words");
  });

  it("pass on what the client says after the upstream has ended its side", async (t) => {
    const heard = Promise.withResolvers<string>();
    const script: Script = async (connection) => {
      await connection.request();
      connection.send(switching());
      connection.socket.end();
      heard.resolve(String(await connection.rest()));
    };
    const { client } = await dial(t, script, {}, true);
    await client.answer();
    assert.equal(await client.closing(), "end");
    client.socket.end("last words");
    assert.equal(await heard.promise, "last words");
  });

  it("pass a break of either side on", async (t) => {
    const { client, upstream } = await dial(t, accepting());
    await client.answer();
    client.socket.resetAndDestroy();
    await eventually("the upstream's half closes", () => upstream.open === 0);
    const other = await dial(t, async (connection) => {
      await connection.request();
      connection.send(switching());
      await connection.until("go");
      connection.socket.resetAndDestroy();
    });
    await other.client.answer();
    other.client.send("go");
    await other.client.closing();
  });

  it("hold the upstream back while the client does not read", async (t) => {
    let sent = 0;
    const size = 100 * 1024 * 1024;
    const { client } = await dial(t, async (connection) => {
      await connection.request();
      connection.send(switching());
      const block = Buffer.alloc(262_144);
      for (; sent < size; sent += block.length) {
        if (!connection.socket.write(block)) {
          await new Promise((resolve) => connection.socket.once("drain", resolve));
        }
      }
    });
    await client.answer();
    client.socket.pause();
    await standsStill("the upstream", () => sent);
    assert.ok(sent < size / 2, `${sent} bytes were taken off the upstream`);
  });

  it("carry a real client and server with compression, a subprotocol and a close code", async (t) => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: true });
    t.after(() => server.close());
    server.on("connection", (socket) => {
      socket.on("message", (data) => socket.send(data));
      socket.on("close", (code) => assert.equal(code, 3001));
    });
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const proxy = await startProxy(t, `http://127.0.0.1:${port}`);
    const options = { perMessageDeflate: { threshold: 0 } };
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/live`, ["app"], options);
    t.after(() => socket.terminate());
    await once(socket, "open");
    assert.equal(socket.protocol, "app");
    assert.match(socket.extensions, /permessage-deflate/);
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      const message = "x".repeat(size);
      socket.send(message);
      const [echo] = await once(socket, "message");
      assert.equal(String(echo), message);
    }
    socket.close(3001);
    const [code] = await once(socket, "close");
    assert.equal(code, 3001);
  });

  it("leave nothing open after fifty of them", async (t) => {
    const upstream = await rawUpstream(t, accepting(text("yo")));
    const proxy = await startProxy(t, upstream.origin);
    for (let round = 0; round < 50; round += 1) {
      const client = await rawClient(t, proxy.port);
      client.send(handshake);
      await client.until("yo");
      client.socket[round % 2 === 0 ? "destroy" : "resetAndDestroy"]();
    }
    await eventually("all close", () => upstream.open === 0);
  });
});

describe("S82: a session that ends", () => {
  it("closes its sockets with 4401 at a frame boundary", async (t) => {
    const { client, proxy, upstream } = await dial(t, accepting(text("yo")), { plan: lasting });
    await client.until("yo");
    proxy.upstream.closeSession("s-1", 4401);
    assert.deepEqual(await client.rest(), closeFrame(4401));
    assert.equal(await client.closing(), "end");
    client.socket.destroy();
    await eventually("the upstream's half closes", () => upstream.open === 0);
  });

  it("waits for the frame under way to end, and passes no further one", async (t) => {
    const go = Promise.withResolvers<void>();
    const { client, proxy } = await dial(
      t,
      async (connection) => {
        await connection.request();
        connection.send(switching());
        connection.send(text("hello").subarray(0, 4));
        await go.promise;
        connection.send(Buffer.concat([text("hello").subarray(4), text("forbidden")]));
      },
      { plan: lasting },
    );
    await client.until("he");
    proxy.upstream.closeSession("s-1", 4403);
    go.resolve();
    const expected = Buffer.concat([Buffer.from("llo"), closeFrame(4403)]);
    assert.deepEqual(await client.rest(), expected);
  });

  it("cuts the socket where no frame boundary comes within a second", async (t) => {
    const { client, proxy } = await dial(t, accepting(text("hello").subarray(0, 4)), {
      plan: lasting,
    });
    await client.until("he");
    proxy.upstream.closeSession("s-1", 4401);
    assert.equal((await client.rest()).length, 0);
  });

  it("leaves other sessions' sockets alone", async (t) => {
    const { client, proxy, upstream } = await dial(t, accepting(text("yo")), { plan: lasting });
    await client.until("yo");
    proxy.upstream.closeSession("s-2", 4401);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(upstream.open, 1);
    assert.equal(client.unread.length, 0);
  });

  it("adds no close frame to one that has passed already", async (t) => {
    const { client, proxy } = await dial(t, accepting(closeFrame(1000)), { plan: lasting });
    await client.answer();
    assert.deepEqual(await client.bytes(4), closeFrame(1000));
    proxy.upstream.closeSession("s-1", 4401);
    assert.equal((await client.rest()).length, 0);
  });

  it("closes its sockets at their absolute end", async (t) => {
    const clock = createClock();
    const plan = { stream: streamOwner("s-1", clock.now() + 60_000) };
    const { client } = await dial(t, accepting(text("yo")), { plan, runtime: clock });
    await client.until("yo");
    clock.advance(61);
    assert.deepEqual(await client.rest(), closeFrame(4401));
  });
});

describe("a gate that stops", () => {
  it("closes every socket with 1012, public ones too", async (t) => {
    const { client, proxy } = await dial(t, accepting(text("yo")));
    await client.until("yo");
    proxy.upstream.closeStreams();
    assert.deepEqual(await client.rest(), closeFrame(1012));
  });

  it("S100: leaves an upgrade under way without an answer, so that a proxy asks the next gate", async (t) => {
    const begun = Promise.withResolvers<void>();
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.requestHead();
      begun.resolve();
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(handshake);
    await begun.promise;
    proxy.upstream.closeStreams();
    assert.equal((await client.rest()).length, 0);
  });

  it("S100: leaves an upgrade that comes after alike", async (t) => {
    const upstream = await rawUpstream(t, accepting());
    const proxy = await startProxy(t, upstream.origin);
    proxy.upstream.closeStreams();
    const client = await rawClient(t, proxy.port);
    client.send(handshake);
    assert.equal((await client.rest()).length, 0);
  });
});
