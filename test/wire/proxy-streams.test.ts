/** Event streams: how long they live, and what ends them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClock } from "../support/clock.ts";
import { eventually, standsStill } from "../support/eventually.ts";
import { startProxy, streamOwner } from "../support/proxy.ts";
import { rawClient, requestText } from "../support/raw-client.ts";
import { rawUpstream, type UpstreamConnection } from "../support/upstream.ts";

const get = requestText(["GET /events HTTP/1.1", "Host: h"]);
const streamHead =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const event = (text: string) => {
  const data = `data: ${text}\n\n`;
  return `${data.length.toString(16)}\r\n${data}\r\n`;
};
const lasting = (sessionId: string) => ({ stream: streamOwner(sessionId) });

/** An upstream that streams the event `first` and nothing more. */
async function streaming(connection: UpstreamConnection): Promise<void> {
  await connection.request();
  connection.send(streamHead + event("first"));
}

describe("event streams", () => {
  it("pass each event as it comes", async (t) => {
    let speaker: UpstreamConnection | undefined;
    const upstream = await rawUpstream(t, async (connection) => {
      await streaming(connection);
      speaker = connection;
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await client.until(event("first"));
    speaker?.send(event("second"));
    await client.until(event("second"));
  });

  it("S83: outlive the response time-out", async (t) => {
    let speaker: UpstreamConnection | undefined;
    const upstream = await rawUpstream(t, async (connection) => {
      await streaming(connection);
      speaker = connection;
    });
    const proxy = await startProxy(t, upstream.origin, { responseTimeoutMs: 100 });
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await client.until(event("first"));
    // A request that does time out meanwhile shows that the time has passed.
    const other = await rawUpstream(t, () => {});
    const impatient = await startProxy(t, other.origin, { responseTimeoutMs: 200 });
    const witness = await rawClient(t, impatient.port);
    witness.send(get);
    assert.equal(String((await witness.answer()).body), "upstream_timeout");
    speaker?.send(event("second"));
    await client.until(event("second"));
  });

  it("S82: end with their session, and only that one's", async (t) => {
    const upstream = await rawUpstream(t, streaming);
    const ending = await startProxy(t, upstream.origin, { plan: lasting("s-1") });
    const client = await rawClient(t, ending.port);
    client.send(get);
    await client.until(event("first"));
    ending.upstream.closeSession("s-2", 4401);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(upstream.open, 1);
    ending.upstream.closeSession("s-1", 4401);
    await client.until("0\r\n\r\n");
    await eventually("the upstream's half ends", () => upstream.open === 0);
    assert.equal(ending.warnings.length, 0);
  });

  it("S82: that begin to answer after their session has ended end at once", async (t) => {
    const answer = Promise.withResolvers<void>();
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      await answer.promise;
      connection.send(streamHead + event("first"));
    });
    const proxy = await startProxy(t, upstream.origin, { plan: lasting("s-1") });
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await eventually("the request is there", () => upstream.open === 1);
    proxy.upstream.closeSession("s-1", 4401);
    answer.resolve();
    await client.until("0\r\n\r\n");
    await eventually("the upstream's half ends", () => upstream.open === 0);
  });

  it("S82: end when their time has come", async (t) => {
    const clock = createClock();
    const upstream = await rawUpstream(t, streaming);
    const plan = { stream: streamOwner("s-1", clock.now() + 60_000) };
    const proxy = await startProxy(t, upstream.origin, { plan, runtime: clock });
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await client.until(event("first"));
    clock.advance(61);
    await client.until("0\r\n\r\n");
  });

  it("end when the gate stops, public ones too, and later ones at once", async (t) => {
    const upstream = await rawUpstream(t, streaming);
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await client.until(event("first"));
    proxy.upstream.closeStreams();
    await client.until("0\r\n\r\n");
    client.send(get);
    assert.match((await client.answer()).start, / 200 /);
    await eventually("the upstream's halves end", () => upstream.open === 0);
  });

  it("are cut within a second where the client does not read", async (t) => {
    let written = 0;
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send(streamHead);
      const much = event("x".repeat(100_000));
      for (; !connection.socket.destroyed; written += much.length) {
        if (connection.socket.write(much)) continue;
        await new Promise((resolve) => connection.socket.once("drain", resolve));
      }
    });
    const proxy = await startProxy(t, upstream.origin, { plan: lasting("s-1") });
    const client = await rawClient(t, proxy.port);
    let cut = false;
    proxy.server.once("request", (request) => {
      request.socket.once("close", () => {
        cut = true;
      });
    });
    client.socket.pause();
    client.send(get);
    await standsStill("the upstream", () => written);
    proxy.upstream.closeSession("s-1", 4401);
    await eventually("the client's connection is cut", () => cut);
  });
});

describe("stopping", () => {
  it("lets a request finish, then closes the connections to the upstream", async (t) => {
    const answer = Promise.withResolvers<void>();
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      await answer.promise;
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await eventually("the request is there", () => upstream.open === 1);
    const closed = proxy.upstream.close();
    answer.resolve();
    assert.equal(String((await client.answer()).body), "late");
    await closed;
    await eventually("all connections close", () => upstream.open === 0);
  });

  it("answers a request that comes after with stopping", async (t) => {
    const upstream = await rawUpstream(t, streaming);
    const proxy = await startProxy(t, upstream.origin);
    await proxy.upstream.close();
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "stopping");
  });
});
