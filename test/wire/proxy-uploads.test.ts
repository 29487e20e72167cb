/** Bodies on their way up: the 100, early answers, and sizes that must not be held in memory. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { patience } from "../support/byte-reader.ts";
import { eventually, standsStill } from "../support/eventually.ts";
import { startProxy } from "../support/proxy.ts";
import { type RawClient, rawClient, requestText } from "../support/raw-client.ts";
import { answerText, rawUpstream } from "../support/upstream.ts";

describe("Expect: 100-continue", () => {
  const expecting = ["POST / HTTP/1.1", "Host: h", "Content-Length: 4", "Expect: 100-continue"];

  it("is answered by the proxy once the upstream takes the body, and not sent on", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      const { body, values } = await connection.request();
      connection.send(answerText(`${body}|${values("expect").length}`));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(expecting));
    assert.equal((await client.answer()).start, "HTTP/1.1 100 Continue");
    client.send("body");
    assert.equal(String((await client.answer()).body), "body|0");
  });

  it("S88: is not answered when the upstream cannot be reached, and the connection closes", async (t) => {
    const upstream = await rawUpstream(t, () => {});
    await upstream.stop();
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(expecting));
    const { start, values } = await client.answer();
    assert.equal(start, "HTTP/1.1 502 Bad Gateway");
    assert.deepEqual(values("connection"), ["close"]);
    assert.equal(await client.closing(), "end");
  });

  it("of a request without body is dropped without a word", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      const { values } = await connection.request();
      connection.send(answerText(String(values("expect").length)));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["GET / HTTP/1.1", "Host: h", "Expect: 100-continue"]));
    assert.equal(String((await client.answer()).body), "0");
  });
});

describe("S83: an upload that the upstream takes slowly", () => {
  const size = 24_000_000;
  const upload = (client: RawClient) => {
    client.send(requestText(["POST / HTTP/1.1", "Host: h", `Content-Length: ${size}`]));
    client.send(Buffer.alloc(size));
    return client.answer();
  };

  it("may take longer than responseTimeoutMs, as long as it moves", async (t) => {
    const startedAt = performance.now();
    const upstream = await rawUpstream(t, async ({ socket, send }) => {
      let taken = 0;
      socket.removeAllListeners("data").on("data", (bytes: Buffer) => {
        taken += bytes.length;
        if (taken >= size) send(answerText("all"));
        socket.pause();
        setTimeout(() => socket.resume(), 3);
      });
    });
    const proxy = await startProxy(t, upstream.origin, { responseTimeoutMs: 400 });
    const { body } = await upload(await rawClient(t, proxy.port));
    assert.equal(String(body), "all");
    assert.ok(performance.now() - startedAt > 800, "it was slow");
  });

  it("ends after responseTimeoutMs in which it does not move", async (t) => {
    const upstream = await rawUpstream(t, ({ socket }) => {
      socket.pause();
    });
    const proxy = await startProxy(t, upstream.origin, { responseTimeoutMs: 400 });
    const { body } = await upload(await rawClient(t, proxy.port));
    assert.equal(String(body), "upstream_timeout");
  });
});

describe("S88: an answer that comes before the body has gone", () => {
  it("reaches the client, which may go on sending for a while, and closes the connection", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.requestHead();
      connection.send(answerText("too large", [], "413 Content Too Large"));
      await connection.closing();
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 100000000"]));
    const block = Buffer.alloc(65536);
    let sending = true;
    client.socket.on("error", () => {
      sending = false;
    });
    const pump = () => {
      if (sending && !client.socket.destroyed) client.socket.write(block, () => setImmediate(pump));
    };
    pump();
    const { start, values, body } = await client.answer();
    assert.equal(start, "HTTP/1.1 413 Content Too Large");
    assert.deepEqual(values("connection"), ["close"]);
    assert.equal(String(body), "too large");
    await client.closing();
    sending = false;
    await eventually("the upstream's connection closes", () => upstream.open === 0);
  });

  it("is not lost when the upstream resets the connection behind it", async (t) => {
    const upstream = await rawUpstream(t, async ({ bytes, socket }) => {
      await bytes(500_000);
      socket.pause();
      socket.write(answerText("too large", [], "413 Content Too Large"));
      socket.resetAndDestroy();
    });
    const proxy = await startProxy(t, upstream.origin);
    for (let rounds = 0; rounds < 5; rounds += 1) {
      const client = await rawClient(t, proxy.port);
      client.send(requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 50000000"]));
      client.send(Buffer.alloc(50_000_000));
      const { start, values, body } = await client.answer();
      assert.equal(start, "HTTP/1.1 413 Content Too Large");
      assert.deepEqual(values("connection"), ["close"]);
      assert.equal(String(body), "too large");
    }
    assert.deepEqual(proxy.failures, []);
  });

  it("does not reset a client that has more to send", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.requestHead();
      connection.send(answerText("no", [], "403 Forbidden"));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["PUT / HTTP/1.1", "Host: h", "Content-Length: 2000001"], "a"));
    assert.equal(String((await client.answer()).body), "no");
    client.send(Buffer.alloc(1_000_000));
    await new Promise((resolve) => setImmediate(resolve));
    client.send(Buffer.alloc(1_000_000));
    assert.equal(await client.closing(), "end");
  });

  it("ends at once when the client stops sending and leaves", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.requestHead();
      connection.send(answerText("no", [], "403 Forbidden"));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(
      requestText(["PUT / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"], "3\r\nabc\r\n"),
    );
    assert.equal(String((await client.answer()).body), "no");
    client.socket.destroy();
    await eventually("the upstream's connection closes", () => upstream.open === 0);
  });

  it("may stream while the body still goes up", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.requestHead();
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
      await connection.until("second");
      connection.send("4\r\ndone\r\n0\r\n\r\n");
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 9"], "one"));
    await client.until("first");
    client.send("second");
    await client.until("done\r\n0\r\n\r\n");
  });
});

describe("S83: bodies of 200 MB", () => {
  const size = 200 * 1024 * 1024;
  const block = Buffer.alloc(256 * 1024, 0x61);
  // What a test process may grow by while 200 MB pass: buffers of sockets and what the collector has not taken yet.
  const room = 80 * 1024 * 1024;

  it("are held back with the client while the upstream does not read", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.requestHead();
      connection.socket.pause();
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["POST / HTTP/1.1", "Host: h", `Content-Length: ${size}`]));
    const pump = (): void => {
      if (client.socket.bytesWritten < size) client.socket.write(block, (error) => error ?? pump());
    };
    pump();
    await standsStill("the client", () => client.socket.bytesWritten);
    assert.ok(client.socket.bytesWritten < size / 4, `${client.socket.bytesWritten} bytes went`);
  });

  it("go up in constant memory", async (t) => {
    let received = 0;
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.requestHead();
      received = connection.unread.length;
      connection.socket.removeAllListeners("data");
      connection.socket.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received === size) connection.send(answerText("all"));
      });
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    const watch = watchMemory();
    client.send(requestText(["POST / HTTP/1.1", "Host: h", `Content-Length: ${size}`]));
    for (let sent = 0; sent < size; sent += block.length) {
      if (!client.socket.write(block)) {
        await new Promise((resolve) => client.socket.once("drain", resolve));
      }
    }
    assert.equal(String((await client.answer()).body), "all");
    assert.equal(received, size);
    assert.ok(watch.growth() < room, `grew by ${watch.growth()} bytes`);
  });

  it("come down in constant memory, to a client that reads slowly at first", async (t) => {
    let sent = 0;
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      for (; sent < size; sent += block.length) {
        if (!connection.socket.write(block)) {
          await new Promise((resolve) => connection.socket.once("drain", resolve));
        }
      }
    });
    const proxy = await startProxy(t, upstream.origin);
    const socket = connect(proxy.port, "127.0.0.1");
    t.after(() => socket.destroy());
    socket.write(requestText(["GET / HTTP/1.1", "Host: h"]));
    const watch = watchMemory();
    await standsStill("the upstream", () => sent);
    assert.ok(sent < size / 4, `${sent} bytes were taken off the upstream`);
    let received = 0;
    await new Promise<void>((resolve, reject) => {
      setTimeout(reject, 10 * patience, new Error("not all in time")).unref();
      socket.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received > size) resolve();
      });
    });
    assert.ok(watch.growth() < room, `grew by ${watch.growth()} bytes`);
  });
});

function watchMemory(): { growth(): number } {
  const start = process.memoryUsage.rss();
  let most = start;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  return {
    growth() {
      clearInterval(timer);
      return Math.max(most, process.memoryUsage.rss()) - start;
    },
  };
}
