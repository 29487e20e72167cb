/** The connections to the upstream: when they are kept, when a request is repeated, how many there are, and of which kind. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Identity } from "../../src/provider/contract.ts";
import { eventually } from "../support/eventually.ts";
import { ada, startProxy } from "../support/proxy.ts";
import { rawClient, requestText } from "../support/raw-client.ts";
import { always, answerText, rawUpstream } from "../support/upstream.ts";

const get = requestText(["GET / HTTP/1.1", "Host: h"]);

describe("keeping connections", () => {
  it("uses one for requests that follow each other", async (t) => {
    const upstream = await rawUpstream(t, always(answerText("x")));
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    for (const _ of [1, 2, 3]) {
      client.send(get);
      await client.answer();
    }
    assert.equal(upstream.taken, 1);
  });

  it("S86: keeps none after a body on a method that expects none", async (t) => {
    const upstream = await rawUpstream(t, always(answerText("x")));
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    for (const _ of [1, 2]) {
      const head = ["GET / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"];
      client.send(requestText(head, "1\r\na\r\n0\r\n\r\n"));
      await client.answer();
    }
    assert.equal(upstream.taken, 2);
  });
});

describe("a kept connection that dies under the next request", () => {
  /** An upstream that answers one request on its first connection and drops it at the second; later ones live. */
  async function dying(t: TestContext, drop: "end" | "resetAndDestroy", partial = "") {
    return rawUpstream(t, async (connection) => {
      await connection.request();
      connection.send(answerText("1"));
      await connection.requestHead();
      if (connection.number > 1) throw new Error("only one request is sent on a fresh connection");
      if (partial !== "") connection.send(partial);
      connection.socket[drop]();
    });
  }

  for (const drop of ["end", "resetAndDestroy"] as const) {
    for (const method of ["GET", "HEAD", "OPTIONS"]) {
      it(`repeats ${method} once on a fresh connection (${drop})`, async (t) => {
        const upstream = await dying(t, drop);
        const proxy = await startProxy(t, upstream.origin);
        const client = await rawClient(t, proxy.port);
        client.send(get);
        await client.answer();
        client.send(requestText([`${method} / HTTP/1.1`, "Host: h"]));
        assert.equal(
          (await client.answer({ bodiless: method === "HEAD" })).start,
          "HTTP/1.1 200 OK",
        );
        assert.equal(upstream.taken, 2);
        assert.equal(proxy.failures.length, 0);
      });
    }

    it(`never repeats a POST (${drop})`, async (t) => {
      const upstream = await dying(t, drop);
      const proxy = await startProxy(t, upstream.origin);
      const client = await rawClient(t, proxy.port);
      client.send(get);
      await client.answer();
      client.send(requestText(["POST / HTTP/1.1", "Host: h", "Content-Length: 0"]));
      assert.equal(String((await client.answer()).body), "upstream_unreachable");
      assert.equal(upstream.taken, 1);
    });

    it(`never repeats a GET with a body (${drop})`, async (t) => {
      const upstream = await dying(t, drop);
      const proxy = await startProxy(t, upstream.origin);
      const client = await rawClient(t, proxy.port);
      client.send(get);
      await client.answer();
      client.send(requestText(["GET / HTTP/1.1", "Host: h", "Content-Length: 1"], "a"));
      assert.equal(String((await client.answer()).body), "upstream_unreachable");
      assert.equal(upstream.taken, 1);
    });

    it(`never repeats once a byte of an answer has come (${drop})`, async (t) => {
      const upstream = await dying(t, drop, "HTTP/1.1 200");
      const proxy = await startProxy(t, upstream.origin);
      const client = await rawClient(t, proxy.port);
      client.send(get);
      await client.answer();
      client.send(get);
      assert.equal((await client.answer()).start, "HTTP/1.1 502 Bad Gateway");
      assert.equal(upstream.taken, 1);
    });

    it(`never repeats what died on its first connection (${drop})`, async (t) => {
      const upstream = await rawUpstream(t, async (connection) => {
        await connection.request();
        connection.socket[drop]();
      });
      const proxy = await startProxy(t, upstream.origin);
      const client = await rawClient(t, proxy.port);
      client.send(get);
      assert.equal(String((await client.answer()).body), "upstream_unreachable");
      assert.equal(upstream.taken, 1);
    });
  }

  it("is repeated once and not twice", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      await connection.request();
      if (connection.number > 1) {
        connection.socket.end();
        return;
      }
      connection.send(answerText("1"));
      await connection.request();
      connection.socket.end();
    });
    const proxy = await startProxy(t, upstream.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    await client.answer();
    client.send(get);
    assert.equal(String((await client.answer()).body), "upstream_unreachable");
    assert.equal(upstream.taken, 2);
  });
});

describe("connections at most", () => {
  it("makes the others wait, in order", async (t) => {
    const free = Promise.withResolvers<void>();
    const upstream = await rawUpstream(t, async (connection) => {
      for (;;) {
        const { start } = await connection.request();
        if (start.includes("/1")) await free.promise;
        connection.send(answerText(start));
      }
    });
    const proxy = await startProxy(t, upstream.origin, { connections: 1 });
    const [one, two] = [await rawClient(t, proxy.port), await rawClient(t, proxy.port)];
    one.send(requestText(["GET /1 HTTP/1.1", "Host: h"]));
    await eventually("the first is there", () => upstream.open === 1);
    two.send(requestText(["GET /2 HTTP/1.1", "Host: h"]));
    free.resolve();
    assert.match(String((await one.answer()).body), /\/1/);
    assert.match(String((await two.answer()).body), /\/2/);
    assert.equal(upstream.taken, 1);
  });

  it("fails with upstream_busy after connectTimeoutMs, names the key, and frees the place later", async (t) => {
    const free = Promise.withResolvers<void>();
    const upstream = await rawUpstream(t, async (connection) => {
      for (;;) {
        await connection.request();
        await free.promise;
        connection.send(answerText("x"));
      }
    });
    const proxy = await startProxy(t, upstream.origin, { connections: 1, connectTimeoutMs: 100 });
    const [one, two] = [await rawClient(t, proxy.port), await rawClient(t, proxy.port)];
    one.send(get);
    await eventually("the first is there", () => upstream.open === 1);
    two.send(get);
    assert.equal(String((await two.answer()).body), "upstream_busy");
    assert.match(String(proxy.warnings[0]?.message), /upstream_options\.connections/);
    free.resolve();
    assert.equal(String((await one.answer()).body), "x");
    two.send(get);
    assert.equal(String((await two.answer()).body), "x");
  });

  it("gives the place of one whose head cannot be made to the next, and harms no other", async (t) => {
    const free = Promise.withResolvers<void>();
    const upstream = await rawUpstream(t, async (connection) => {
      for (;;) {
        await connection.request();
        await free.promise;
        connection.send(answerText("x"));
      }
    });
    let failing = false;
    const identity = {
      provider: "main",
      get identity(): Identity {
        if (!failing) return ada;
        failing = false;
        throw new Error("cannot");
      },
    };
    const proxy = await startProxy(t, upstream.origin, { connections: 1, plan: { identity } });
    const bodies: Promise<string>[] = [];
    for (const _ of [1, 2, 3]) {
      const client = await rawClient(t, proxy.port);
      client.send(get);
      bodies.push(client.answer().then(({ body }) => String(body)));
    }
    await eventually("the first is there", () => upstream.open === 1);
    await eventually("all have come", () => proxy.received() === 3 * get.length);
    failing = true;
    free.resolve();
    assert.deepEqual(await Promise.all(bodies), ["x", "internal", "x"]);
  });

  it("gives the place of one that went away to the next", async (t) => {
    const upstream = await rawUpstream(t, async (connection) => {
      const { start } = await connection.request();
      if (start.includes("/2")) connection.send(answerText("x"));
    });
    const proxy = await startProxy(t, upstream.origin, { connections: 1 });
    const [one, two] = [await rawClient(t, proxy.port), await rawClient(t, proxy.port)];
    one.send(requestText(["GET /1 HTTP/1.1", "Host: h"]));
    await eventually("the first is there", () => upstream.open === 1);
    two.send(requestText(["GET /2 HTTP/1.1", "Host: h"]));
    one.socket.destroy();
    assert.equal(String((await two.answer()).body), "x");
  });
});

describe("kinds of upstream", () => {
  it("reaches a Unix socket", async (t) => {
    const folder = tempFolder(t);
    const path = join(folder, "up.sock");
    await rawUpstream(t, always(answerText("by socket")), { path });
    const proxy = await startProxy(t, { origin: "http://localhost", socketPath: path });
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "by socket");
  });

  it("reaches TLS with its own authority, whatever Host the client names (S81)", async (t) => {
    const tls = certificate(t, "DNS:localhost");
    const upstream = await rawUpstream(t, always(answerText("by tls")), { tls });
    const proxy = await startProxy(t, `https://localhost:${upstream.port}`, { ca: tls.cert });
    const client = await rawClient(t, proxy.port);
    for (const host of ["evil.example", "other.example"]) {
      client.send(requestText(["GET / HTTP/1.1", `Host: ${host}`]));
      assert.equal(String((await client.answer()).body), "by tls");
    }
    assert.equal(upstream.taken, 1);
  });

  it("refuses TLS whose authority it does not know, and names the setting", async (t) => {
    const tls = certificate(t, "DNS:localhost");
    const upstream = await rawUpstream(t, always(answerText("x")), { tls });
    const proxy = await startProxy(t, `https://localhost:${upstream.port}`);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "upstream_unreachable");
    assert.match(String(proxy.failures[0]?.facts["hint"]), /ca_file/);
  });

  it("refuses TLS for another name", async (t) => {
    const tls = certificate(t, "DNS:elsewhere.example");
    const upstream = await rawUpstream(t, always(answerText("x")), { tls });
    const proxy = await startProxy(t, `https://localhost:${upstream.port}`, { ca: tls.cert });
    const client = await rawClient(t, proxy.port);
    client.send(requestText(["GET / HTTP/1.1", "Host: elsewhere.example"]));
    assert.equal(String((await client.answer()).body), "upstream_unreachable");
    assert.match(String(proxy.failures[0]?.facts["hint"]), /another name/);
  });

  it("never repeats what died on its first TLS connection", async (t) => {
    const tls = certificate(t, "DNS:localhost");
    const upstream = await rawUpstream(
      t,
      async (connection) => {
        await connection.request();
        connection.socket.destroy();
      },
      { tls },
    );
    const proxy = await startProxy(t, `https://localhost:${upstream.port}`, { ca: tls.cert });
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "upstream_unreachable");
    assert.equal(upstream.taken, 1);
  });

  it("finds an upstream that was started again", async (t) => {
    const first = await rawUpstream(t, always(answerText("first")));
    const proxy = await startProxy(t, first.origin);
    const client = await rawClient(t, proxy.port);
    client.send(get);
    assert.equal(String((await client.answer()).body), "first");
    await first.stop();
    await rawUpstream(t, always(answerText("second")), { port: first.port });
    client.send(get);
    assert.equal(String((await client.answer()).body), "second");
  });
});

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hermes-gate-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function certificate(t: TestContext, name: string): { key: string; cert: string } {
  const folder = tempFolder(t);
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-subj", "/CN=upstream", "-addext", `subjectAltName=${name}`];
  execFileSync(
    "openssl",
    ["req", "-x509", ...curve, "-keyout", key, "-out", cert, "-days", "1", ...subject],
    { stdio: "pipe" },
  );
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}
