/** When a connection to the upstream serves another request, and when it is given up. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { AnswerHandler } from "../../../src/proxy/http1/connection.ts";
import { createConnections } from "../../../src/proxy/http1/connections.ts";
import { eventually } from "../../support/eventually.ts";
import { startProxy } from "../../support/proxy.ts";
import { rawClient, requestText } from "../../support/raw-client.ts";
import { always, answerText, rawUpstream } from "../../support/upstream.ts";

const get = requestText(["GET / HTTP/1.1", "Host: h"]);

describe("a connection to the upstream", () => {
  it("serves again after a HEAD, a 304, chunks with trailers, and an unasked 100", async (t) => {
    const answers = [
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
    ];
    const upstream = await rawUpstream(t, async (connection) => {
      for (const answer of answers) {
        await connection.request();
        connection.send(answer);
      }
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    for (const method of ["HEAD", "GET", "GET", "GET"]) {
      client.send(requestText([`${method} / HTTP/1.1`, "Host: h"]));
      const { start } = await client.answer({ bodiless: method === "HEAD" });
      assert.match(start, /^HTTP\/1\.1 (200|304) /);
    }
    assert.equal(upstream.taken, 1);
  });

  it("S87: serves no more after an answer with a byte too many, which nobody gets", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send(`${answerText("mine")}${answerText("another's")}`);
      await connection.request();
      connection.send(answerText("too late"));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    for (const _ of [1, 2]) {
      client.send(get);
      assert.equal(String((await client.answer()).body), "mine");
    }
    assert.equal(upstream.taken, 2);
  });

  it("S88: serves no more after an answer that came before the request had gone", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.requestHead();
      connection.send(answerText("early"));
      await connection.closing();
    });
    const proxy = await startProxy(t, upstream.origin);
    const [one, two] = [await rawClient(t, proxy.port), await rawClient(t, proxy.port)];
    one.send(requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 9"], "a"));
    assert.equal(String((await one.answer()).body), "early");
    two.send(get);
    assert.equal(String((await two.answer()).body), "early");
    assert.equal(upstream.taken, 2);
  });

  it("closes a second before the upstream would, by its own word", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send(answerText("x", ["Keep-Alive: timeout=1"]));
      await connection.closing();
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    for (const _ of [1, 2]) {
      client.send(get);
      await client.answer();
    }
    assert.equal(upstream.taken, 2);
    await eventually("both are closed", () => upstream.open === 0);
  });

  it("S83: waits for the answer as long as it is told, from when the body has gone", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      await connection.closing();
    });
    const proxy = await startProxy(t, upstream.origin, { responseTimeoutMs: 200 });
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 2"], "a"));
    await eventually("the request has come", () => upstream.open === 1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(proxy.failures.length, 0, "a slow client is not a slow upstream");
    client.send("b");
    assert.equal(String((await client.answer()).body), "upstream_timeout");
  });

  it("is not used any more when who heard its answer could not take it", async (t) => {
    const upstream = await rawUpstream(t, always(answerText("x")));
    const connections = createConnections({
      address: { origin: upstream.origin },
      ...{ connectTimeoutMs: 5000, responseTimeoutMs: 5000 },
    });
    t.after(() => connections.close());
    const quiet = {
      onBodyWanted() {},
      onCaughtUp() {},
      onInformation() {},
      onHead() {},
      onData() {},
    };
    const ask = { head: requestText(["POST / HTTP/1.1", "Host: h"]), method: "POST" };
    const second = await new Promise<string>((resolve) => {
      const onEnd = () => resolve("answered");
      const onFault = (error: Error) => resolve(error.message);
      const next = () =>
        connections.send(
          { ...ask, body: undefined, chunked: false },
          { ...quiet, onEnd, onFault },
          false,
        );
      const failing = () => {
        throw new Error("cannot");
      };
      const first = { ...quiet, onEnd: failing, onFault: next };
      connections.send({ ...ask, body: undefined, chunked: false }, first, false);
    });
    assert.equal(second, "answered");
    assert.equal(upstream.taken, 2);
  });

  it("holds nothing of its last exchange while it is idle", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      for (;;) {
        await connection.request();
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
      }
    });
    const connections = createConnections({
      address: { origin: upstream.origin },
      ...{ connectTimeoutMs: 5000, responseTimeoutMs: 5000 },
    });
    t.after(() => connections.close());

    /** Asks once; what was held for it is known from here on by these references alone. */
    function ask(): Promise<readonly WeakRef<object>[]> {
      const body = new IncomingMessage(new Socket());
      body.push("body");
      body.push(null);
      const text = requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 4"]);
      const request = { head: text, method: "POST", body, chunked: false };
      return new Promise((resolve) => {
        let answerHead: object = request;
        const handler: AnswerHandler = {
          ...{ onBodyWanted() {}, onCaughtUp() {}, onInformation() {}, onData() {} },
          onHead(head) {
            answerHead = head;
          },
          onEnd: () => resolve([request, body, handler, answerHead].map((it) => new WeakRef(it))),
          onFault: (error) => assert.fail(error),
        };
        connections.send(request, handler, false);
      });
    }

    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    assert.ok(typeof collect === "function");
    await ask();
    const held = await ask();
    await eventually("all of it is collected", () => {
      collect();
      return held.every((reference) => reference.deref() === undefined);
    });
    assert.equal(upstream.open, 1, "the connection is kept");
    assert.equal(upstream.taken, 1, "and was used again");
  });

  for (const [how, event] of [
    ["ends", "end"],
    ["resets", "error"],
  ] as const) {
    it(`S87: is not used any more in the turn in which the upstream ${how} it`, async (t) => {
      const idle = Promise.withResolvers<Socket>();
      const follow = (message: unknown) =>
        idle.resolve((message as { readonly socket: Socket }).socket);
      subscribe("net.client.socket", follow);
      const go = Promise.withResolvers<void>();
      const upstream = await rawUpstream(t, async (connection) => {
        await connection.request();
        connection.send(answerText("x"));
        if (connection.number > 1) return;
        await go.promise;
        if (how === "ends") connection.socket.end();
        else connection.socket.resetAndDestroy();
      });
      const connections = createConnections({
        address: { origin: upstream.origin },
        ...{ connectTimeoutMs: 5000, responseTimeoutMs: 5000 },
      });
      t.after(() => connections.close());
      const ask = (method: string) =>
        new Promise<string>((resolve) => {
          const head = `${method} / HTTP/1.1\r\nHost: h\r\n\r\n`;
          const handler: AnswerHandler = {
            ...{ onBodyWanted() {}, onCaughtUp() {}, onInformation() {}, onHead() {}, onData() {} },
            onEnd: () => resolve("answered"),
            onFault: (error, met) => resolve(`${met}: ${error.message}`),
          };
          connections.send({ head, method, body: undefined, chunked: false }, handler, false);
        });
      assert.equal(await ask("GET"), "answered");
      unsubscribe("net.client.socket", follow);
      const socket = await idle.promise;
      // A POST may not be repeated: on the dying connection it would fail without having been sent.
      const second = new Promise<string>((resolve) => {
        socket.once(event, () => resolve(ask("POST")));
      });
      go.resolve();
      assert.equal(await second, "answered");
      assert.equal(upstream.taken, 2);
    });
  }
});
