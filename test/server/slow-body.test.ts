import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { answerText, rawUpstream } from "../support/upstream.ts";

const upload = requestText(["POST /x HTTP/1.1", "Host: h", "Content-Length: 10"]);

test("S93: a body that falls silent is 408 and cut, at the upstream too", async (t) => {
  const cut = Promise.withResolvers<"end" | "reset">();
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.requestHead();
    await connection.bytes(5);
    cut.resolve(connection.closing());
  });
  const limits = { bodyIdleTimeoutSeconds: 0.05 };
  const gate = await startGateServer(t, upstream.origin, { insecure: true, limits });
  const client = await gate.client();
  client.send(`${upload}12345`);
  const answer = await client.answer();
  assert.match(answer.start, / 408 /);
  assert.equal(JSON.parse(String(answer.body)).error, "request_timeout");
  assert.equal(await client.closing(), "end");
  await cut.promise;
});

test("the access line of a silent body says 408 as its client was told, and 499 when its answer had begun", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    const { start } = await connection.requestHead();
    if (!start.includes("/begun")) return;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
  });
  const limits = { bodyIdleTimeoutSeconds: 0.1 };
  const gate = await startGateServer(t, upstream.origin, { insecure: true, limits });
  for (const [path, status] of [
    ["/silent", 408],
    ["/begun", 499],
  ] as const) {
    const client = await gate.client();
    client.send(`${upload.replace("/x", path)}12345`);
    await client.rest();
    client.socket.end();
    await eventually("the line is written", () => gate.accessLines.at(-1)?.["path"] === path);
    assert.equal(gate.accessLines.at(-1)?.["status"], status);
  }
  assert.equal(gate.accessLines.length, 2);
});

test("S93: a body that falls silent after its answer has begun is cut without another", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.requestHead();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
  });
  const limits = { bodyIdleTimeoutSeconds: 0.1 };
  const gate = await startGateServer(t, upstream.origin, { insecure: true, limits });
  const client = await gate.client();
  client.send(`${upload}12345`);
  await client.until("first");
  assert.equal(String(await client.rest()), "");
  await eventually("the upstream's half is closed", () => upstream.open === 0);
});

test("a body that comes in time, however slowly, is whole", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    connection.send(answerText(String((await connection.request()).body)));
  });
  const limits = { bodyIdleTimeoutSeconds: 0.2 };
  const gate = await startGateServer(t, upstream.origin, { insecure: true, limits });
  const client = await gate.client();
  client.send(upload);
  for (const digit of "0123456789") {
    client.send(digit);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  assert.equal(String((await client.answer()).body), "0123456789");
});

test("a body that has come waits for a slow upstream without a limit", async (t) => {
  const seen = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const upstream = await rawUpstream(t, async (connection) => {
    for (;;) {
      await connection.request();
      seen.resolve();
      await go.promise;
      connection.send(answerText("late"));
    }
  });
  const limits = { bodyIdleTimeoutSeconds: 0.03 };
  const gate = await startGateServer(t, upstream.origin, {
    ...{ insecure: true, limits, connections: 1 },
  });
  const [first, inTurn] = [await gate.client(), await gate.client()];
  first.send(`${upload}0123456789`);
  await seen.promise;
  inTurn.send(`${upload}0123456789`);
  setTimeout(go.resolve, 150);
  assert.equal(String((await first.answer()).body), "late");
  assert.equal(String((await inTurn.answer()).body), "late", "its body was not even read before");
});
