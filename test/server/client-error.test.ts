import assert from "node:assert/strict";
import { test } from "node:test";
import { nowhere, startGateServer } from "../support/gate-server.ts";
import { requestText } from "../support/raw-client.ts";
import { answerText, rawUpstream } from "../support/upstream.ts";

const garbage = [
  ["no HTTP", "\x16\x03\x01\x02\x00 TLS to a plain port\r\n\r\n"],
  ["a folded line", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"],
  ["a bare line feed", "GET / HTTP/1.1\nHost: h\n\n"],
  ["a NUL", "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"],
  ["a space before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n"],
  ["a name that is no token", "GET / HTTP/1.1\r\nHost: h\r\nX(y): z\r\n\r\n"],
  [
    "both framings",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["a length that is none", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5x\r\n\r\nhello"],
  [
    "two lengths",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
  ],
  [
    "a coded body",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "a chunked body in HTTP/1.0",
    "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
] as const;

for (const [name, text] of garbage) {
  test(`S84, S85: ${name} is 400 and closes, on a kept connection too`, async (t) => {
    let reached = false;
    const upstream = await rawUpstream(t, () => {
      reached = true;
    });
    const gate = await startGateServer(t, upstream.origin, { insecure: true });
    for (const kept of [false, true]) {
      const client = await gate.client();
      if (kept) {
        client.send(requestText(["GET /login HTTP/1.1", "Host: h"]));
        assert.match((await client.answer()).start, / 200 /);
      }
      client.send(text);
      const answer = await client.answer();
      assert.match(answer.start, /^HTTP\/1\.1 400 /, `kept: ${kept}`);
      assert.deepEqual(answer.values("connection"), ["close"]);
      assert.deepEqual(answer.values("cache-control"), ["no-store"]);
      const body = JSON.parse(String(answer.body));
      assert.match(body.error, /^bad_/);
      assert.equal(body.request_id, answer.values("x-request-id")[0]);
      assert.equal(await client.closing(), "end");
    }
    assert.equal(reached, false);
  });
}

test("S92: a head beyond what the parser holds is 431, read by a client that still sends", async (t) => {
  const gate = await startGateServer(t, nowhere, { limits: { headerBytes: 8192 } });
  const client = await gate.client();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n");
  for (let i = 0; i < 40; i += 1) client.send(`X-${i}: ${"x".repeat(10_000)}\r\n`);
  const answer = await client.answer();
  assert.match(answer.start, / 431 /);
  assert.equal(JSON.parse(String(answer.body)).error, "headers_too_large");
  assert.equal(await client.closing(), "end");
});

test("S93: a head that takes too long is 408", async (t) => {
  const gate = await startGateServer(t, nowhere, { limits: { headTimeoutSeconds: 0.2 } });
  const client = await gate.client();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n");
  const answer = await client.answer();
  assert.match(answer.start, / 408 /);
  assert.equal(await client.closing(), "end");
});

test("S87: an answer that is under way is cut, and nothing is written into it", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const client = await gate.client();
  client.send(requestText(["GET / HTTP/1.1", "Host: h"]));
  await client.until("half");
  client.send("\0garbage\r\n\r\n");
  assert.equal(String(await client.rest()), "");
});

test("a connection that is reset in mid-head harms nobody", async (t) => {
  const gate = await startGateServer(t, nowhere);
  const rude = await gate.client();
  rude.send("GET / HTTP/1.1\r\nHo");
  rude.socket.resetAndDestroy();
  const client = await gate.client();
  client.send(requestText(["GET /login HTTP/1.1", "Host: h"]));
  assert.match((await client.answer()).start, / 200 /);
});

test("S101: the log tells the parser's code, and nothing of the bytes", async (t) => {
  const gate = await startGateServer(t, nowhere);
  const client = await gate.client();
  client.send("GET / HTTP/1.1\r\nCookie: secret-marker\r\nBad Name: x\r\n\r\n");
  await client.answer();
  assert.match(gate.serverLog.join("\n"), /^debug .*"code":"bad_request","parser":"HPE_/m);
  assert.doesNotMatch(gate.serverLog.join("\n"), /secret-marker/);
});

test("answers are whole for a client that pipelines", async (t) => {
  const upstream = await rawUpstream(t, async (connection) => {
    for (;;) connection.send(answerText((await connection.request()).start));
  });
  const gate = await startGateServer(t, upstream.origin, { insecure: true });
  const client = await gate.client();
  const three = [1, 2, 3].map((n) => requestText([`GET /${n} HTTP/1.1`, "Host: h"]));
  client.send(three.join(""));
  for (const n of [1, 2, 3]) {
    assert.equal(String((await client.answer()).body), `GET /${n} HTTP/1.1`);
  }
});

const uploads = [
  ["with a coding that the parser does not know", 'Transfer-Encoding: "chunked"', "x", 400],
  ["whose chunks break the rules", "Transfer-Encoding: chunked", "x\r\n", 401],
] as const;

for (const [name, framing, body, status] of uploads) {
  test(`S88: an upload that was refused, ${name}, is told why all the same`, async (t) => {
    const gate = await startGateServer(t, nowhere);
    const client = await gate.client();
    client.send(requestText(["POST /x HTTP/1.1", "Host: h", framing], body));
    const answer = await client.answer();
    assert.match(answer.start, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.equal(answer.values("x-request-id").length, 1);
    assert.equal(await client.closing(), "end");
  });
}

test("S88: a client that ends its refused upload halfway is told why all the same", async (t) => {
  const gate = await startGateServer(t, nowhere);
  const client = await gate.client();
  client.send(requestText(["POST /x HTTP/1.1", "Host: h", "Content-Length: 20000"], "part"));
  client.socket.end();
  assert.match((await client.answer()).start, / 401 /);
  assert.equal(await client.closing(), "end");
});
