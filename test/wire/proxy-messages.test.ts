/** What passes through the proxy on the wire: methods, framing, interim answers, trailers, bytes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startProxy } from "../support/proxy.ts";
import { rawClient, requestText } from "../support/raw-client.ts";
import { always, answerText, rawUpstream } from "../support/upstream.ts";

describe("requests", () => {
  const methods = [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "REPORT",
    "QUERY",
  ];
  for (const method of methods) {
    it(`passes ${method} with its body`, async (t) => {
      const upstream = await rawUpstream(t, async (connection) => {
        const { start, body } = await connection.request();
        connection.send(answerText(`${start}|${body}`));
      });
      const proxy = await startProxy(t, upstream.origin);
      const client = await rawClient(t, proxy.port);
      client.send(requestText([`${method} /x HTTP/1.1`, "Host: h", "Content-Length: 3"], "abc"));
      assert.equal(String((await client.answer()).body), `${method} /x HTTP/1.1|abc`);
    });
  }

  const targets = [
    "/a//b/../c;d=%2f%2E?x=%zz&y=[1]|{2}^`",
    "//host/path",
    "/%00%ff?%0d%0a",
    "/caf\xe9?\xff",
    `/${"long".repeat(2000)}`,
    "/?",
  ];
  for (const target of targets) {
    it(`S6: sends the target ${JSON.stringify(target.slice(0, 40))} byte for byte`, async (t) => {
      const upstream = await rawUpstream(t, async (connection) => {
        connection.send(answerText((await connection.request()).start));
      });
      const proxy = await startProxy(t, upstream.origin, { plan: { target } });
      const client = await rawClient(t, proxy.port);
      client.send(requestText(["GET / HTTP/1.1", "Host: h"]));
      assert.equal((await client.answer()).body.toString("latin1"), `GET ${target} HTTP/1.1`);
    });
  }

  it("sends a body without length in chunks, and drops its trailers (S90)", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      const { body, trailers, values } = await connection.request();
      connection.send(answerText(`${body}|${trailers.length}|${values("transfer-encoding")}`));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    const head = ["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked", "Trailer: X-T"];
    client.send(requestText(head, "3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-T: 1\r\n\r\n"));
    assert.equal(String((await client.answer()).body), "abcdefg|0|chunked");
  });

  it("keeps an empty body empty and its length told", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      const { values } = await connection.request();
      connection.send(answerText(`${values("content-length")}|${values("transfer-encoding")}`));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 0"]));
    assert.equal(String((await client.answer()).body), "0|");
  });

  it("answers requests that came in one piece in their order", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      for (;;) connection.send(answerText((await connection.request()).start));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(["/1", "/2", "/3"].map((at) => `GET ${at} HTTP/1.1\r\nHost: h\r\n\r\n`).join(""));
    for (const at of ["/1", "/2", "/3"]) {
      assert.equal(String((await client.answer()).body), `GET ${at} HTTP/1.1`);
    }
  });

  it("serves a client of HTTP/1.0 without chunks and ends with the connection", async (t) => {
    const chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nab\r\n0\r\nX-T: 1\r\n\r\n";
    const upstream = await rawUpstream(t, always(chunked));
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["GET / HTTP/1.0", "Host: h"]));
    const { body, values } = await client.answer();
    assert.equal(String(body), "ab");
    assert.deepEqual(values("transfer-encoding"), []);
    assert.equal(await client.closing(), "end");
  });
});

describe("answers", () => {
  const upstreamAnswer = async (
    t: Parameters<typeof rawUpstream>[0],
    answer: string,
    request: readonly string[] = ["GET / HTTP/1.1", "Host: h"],
    bodiless = false,
  ) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send(answer);
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(request));
    return { message: await client.answer({ bodiless }), client };
  };

  it("passes status, words, order, case and repetition of the fields", async (t) => {
    const fields = [
      "X-b: 1",
      "x-A: caf\xe9",
      "X-b: 2",
      "Set-Cookie: a=1",
      "set-cookie: b=2",
      "Date: then",
    ];
    const { message } = await upstreamAnswer(t, answerText("body", fields, "299 Odd \xe9 Words"));
    assert.deepEqual(message.fields.slice(0, 7), [...fields, "Content-Length: 4"]);
    assert.match(message.start, /^HTTP\/1\.1 299 /);
    assert.equal(String(message.body), "body");
  });

  it("passes a header field of 30 KB", async (t) => {
    const { message } = await upstreamAnswer(t, answerText("x", [`X-Long: ${"a".repeat(30_000)}`]));
    assert.equal(message.values("x-long")[0]?.length, 30_000);
  });

  it("passes the length of a HEAD answer, and no body", async (t) => {
    const head = ["HEAD / HTTP/1.1", "Host: h"];
    const { message, client } = await upstreamAnswer(
      t,
      "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n",
      head,
      true,
    );
    assert.deepEqual(message.values("content-length"), ["5000"]);
    assert.deepEqual(message.values("transfer-encoding"), []);
    assert.equal(client.unread.length, 0);
  });

  const bodiless = ["204 No Content", "304 Not Modified"];
  for (const status of bodiless) {
    it(`passes ${status} without body and keeps the connection usable`, async (t) => {
      const upstream = await rawUpstream(t, always(`HTTP/1.1 ${status}\r\nETag: "1"\r\n\r\n`));
      const proxy = await startProxy(t, upstream.origin);
      const client = await rawClient(t, proxy.port);
      for (const _ of ["first", "second"]) {
        client.send(requestText(["GET / HTTP/1.1", "Host: h"]));
        const { start, values } = await client.answer();
        assert.equal(start, `HTTP/1.1 ${status}`);
        assert.deepEqual(values("transfer-encoding"), []);
        assert.deepEqual(values("etag"), ['"1"']);
      }
    });
  }

  it("passes a range", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      const { values } = await connection.request();
      const fields = [`Content-Range: ${values("range")[0]?.replace("=", " ")}/9`];
      connection.send(answerText("bcd", fields, "206 Partial Content"));
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["GET / HTTP/1.1", "Host: h", "Range: bytes=1-3"]));
    const { start, values, body } = await client.answer();
    assert.equal(start, "HTTP/1.1 206 Partial Content");
    assert.deepEqual(values("content-range"), ["bytes 1-3/9"]);
    assert.equal(String(body), "bcd");
  });

  it("passes a chunked body in chunks, with its trailers but those that frame, authenticate or have no name", async (t) => {
    const { message } = await upstreamAnswer(
      t,
      "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\nno name: 1\r\nSet-Cookie: a=1\r\nCache-Control: public\r\n\r\n",
    );
    assert.equal(String(message.body), "abc");
    assert.deepEqual(message.values("trailer"), ["X-Sum"]);
    assert.deepEqual(message.trailers, ["X-Sum: 9"]);
  });

  for (const size of [1, 256, 8192, 8193, 100_000]) {
    it(`passes every byte of a body of ${size}, counted or in chunks`, async (t) => {
      const bytes = Buffer.from(Array.from({ length: size }, (_, at) => 255 - (at % 256)));
      const body = bytes.toString("latin1");
      const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
      const counted = await upstreamAnswer(t, answerText(body));
      assert.ok(counted.message.body.equals(bytes));
      const inChunks = `${chunked}${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
      assert.ok((await upstreamAnswer(t, inChunks)).message.body.equals(bytes));
    });
  }

  it("passes a body that ends with the upstream's connection", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.socket.end("HTTP/1.1 200 OK\r\n\r\nuntil the end");
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["GET / HTTP/1.1", "Host: h"]));
    assert.equal(String((await client.answer()).body), "until the end");
  });

  it("passes 102 and 103 ahead of the answer, without cookies", async (t) => {
    const interim =
      "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nSet-Cookie: a=1\r\n\r\n";
    const { message, client } = await upstreamAnswer(t, `${interim}${answerText("done")}`);
    assert.equal(message.start, "HTTP/1.1 102 Processing");
    const hints = await client.answer();
    assert.deepEqual(hints.start, "HTTP/1.1 103 Early Hints");
    assert.deepEqual(hints.fields, ["Link: </a.css>; rel=preload"]);
    assert.equal(String((await client.answer()).body), "done");
  });

  it("sends no interim answer to a client of HTTP/1.0", async (t) => {
    const interim = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
    const { message } = await upstreamAnswer(t, `${interim}${answerText("done")}`, [
      "GET / HTTP/1.0",
      "Host: h",
    ]);
    assert.equal(message.start, "HTTP/1.1 200 OK");
  });

  it("writes the head at once when the body lets wait for itself", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
      await connection.until("go");
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["GET / HTTP/1.1", "Host: h"]));
    assert.match(await client.until("\r\n\r\n"), /^HTTP\/1\.1 200 OK/);
  });

  it("writes a head that goes alone byte for byte, beyond ASCII too", async (t) => {
    const name = 'Content-Disposition: attachment; filename="\xc3\xa9t\xc3\xa9\xe9"';
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send(`HTTP/1.1 200 OK\r\n${name}\r\nContent-Length: 4\r\n\r\n`);
      await connection.closing();
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["GET / HTTP/1.1", "Host: h"]));
    assert.ok((await client.until("\r\n\r\n")).includes(name));
  });

  it("adds the rotated cookies to this very answer, asked for when it is written", async (t) => {
    const upstream = await rawUpstream(t, always(answerText("x", ["Cache-Control: public"])));
    let asked = 0;
    const cookies = () => [`hermes_session_at=${++asked}`];
    const proxy = await startProxy(t, upstream.origin, { plan: { cookies } });
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["GET / HTTP/1.1", "Host: h"]));
    const { values } = await client.answer();
    assert.deepEqual(values("set-cookie"), ["hermes_session_at=1"]);
    assert.deepEqual(values("cache-control"), ["private, no-store"]);
  });

  it("drops an upstream's cookie of the gate's name and says so in the log", async (t) => {
    const upstream = await rawUpstream(
      t,
      always(answerText("x", ["Set-Cookie: hermes_session_at=SECRET"])),
    );
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["GET / HTTP/1.1", "Host: h"]));
    assert.deepEqual((await client.answer()).values("set-cookie"), []);
    assert.equal(proxy.warnings.length, 1);
    assert.ok(!JSON.stringify(proxy.warnings).includes("SECRET"));
  });
});
