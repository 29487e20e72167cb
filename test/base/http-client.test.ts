/** The limits of the client that asks identity providers, against real servers that break them. */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { type TestContext, test } from "node:test";
import { createHttpClient } from "../../src/base/http-client.ts";

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("gives status, headers and body of the answer", async (t) => {
  const origin = await serve(t, (request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      response.writeHead(
        201,
        [
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"],
        ].flat(),
      );
      response.end(JSON.stringify({ method: request.method, body, headers: request.headers }));
    });
  });
  const response = await createHttpClient()(`${origin}/token`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "a=b",
  });
  const seen = (await response.json()) as { method: string; body: string; headers: object };
  assert.equal(response.status, 201);
  assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
  assert.equal(seen.method, "POST");
  assert.equal(seen.body, "a=b");
  assert.deepEqual(
    { ...seen.headers, host: "" },
    {
      host: "",
      connection: "close",
      "user-agent": "hermes-gate",
      "content-type": "application/x-www-form-urlencoded",
      "accept-encoding": "identity",
      "content-length": "3",
    },
  );
});

test("gives an answer that may have no body", async (t) => {
  const origin = await serve(t, (_request, response) => response.writeHead(204).end());
  const response = await createHttpClient()(origin, {});
  assert.equal(response.status, 204);
  assert.equal(await response.text(), "");
});

test("S61: opens a connection for each call", async (t) => {
  const ports = new Set<number | undefined>();
  const origin = await serve(t, (request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  const fetch = createHttpClient();
  for (let call = 0; call < 3; call += 1) await fetch(origin, {});
  assert.equal(ports.size, 3);
});

test("S61: sends a POST once when the connection breaks under it", async (t) => {
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    socket.once("data", () => socket.resetAndDestroy());
    socket.on("error", () => {});
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const call = createHttpClient()(`http://127.0.0.1:${port}`, { method: "POST", body: "rt=1" });
  await assert.rejects(call, { code: "ECONNRESET" });
  assert.equal(connections, 1);
});

test("S95: gives up on a head that does not come in time", async (t) => {
  const origin = await serve(t, () => {});
  const call = createHttpClient({ totalTimeoutMs: 60 })(origin, {});
  await assert.rejects(call, { name: "TimeoutError" });
});

test("S95: gives up on a body that trickles past the time", async (t) => {
  const origin = await serve(t, (_request, response) => {
    const timer = setInterval(() => response.write("x"), 10);
    response.on("close", () => clearInterval(timer));
  });
  const call = createHttpClient({ totalTimeoutMs: 150 })(origin, {});
  await assert.rejects(call, { name: "TimeoutError" });
});

test("S95: refuses a body over the limit, with and without a length", async (t) => {
  const origin = await serve(t, (request, response) => {
    if (request.url === "/counted") response.setHeader("Content-Length", 2000);
    response.end("x".repeat(2000));
  });
  const fetch = createHttpClient({ maxBytes: 1999 });
  await assert.rejects(fetch(`${origin}/counted`, {}), { code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" });
  await assert.rejects(fetch(`${origin}/chunked`, {}), { code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" });
  const whole = await createHttpClient({ maxBytes: 2000 })(`${origin}/counted`, {});
  assert.equal((await whole.text()).length, 2000);
});

test("S91: refuses a compressed answer", async (t) => {
  const origin = await serve(t, (_request, response) =>
    response.writeHead(200, { "Content-Encoding": "gzip" }).end("x"),
  );
  await assert.rejects(createHttpClient()(origin, {}), /gzip-encoded/);
});

test("S95: follows no redirect of a POST", async (t) => {
  const seen: string[] = [];
  const origin = await serve(t, (request, response) => {
    seen.push(request.url ?? "");
    response.writeHead(307, { Location: "/elsewhere" }).end();
  });
  const call = { method: "POST", body: "secret", redirect: "follow" } as const;
  const response = await createHttpClient()(`${origin}/token`, call);
  assert.equal(response.status, 307);
  assert.deepEqual(seen, ["/token"]);
});

test("S95: follows a GET that asks for it on the same origin alone", async (t) => {
  const foreign: string[] = [];
  const other = await serve(t, (request, response) => {
    foreign.push(request.url ?? "");
    response.end();
  });
  const origin = await serve(t, (request, response) => {
    const to = new Map([
      ["/here", "/there"],
      ["/away", other],
      ["/loop", "/loop"],
    ]).get(request.url ?? "");
    if (to === undefined) response.end("arrived");
    else response.writeHead(302, { Location: to }).end();
  });
  const fetch = createHttpClient();
  const followed = await fetch(`${origin}/here`, { redirect: "follow" });
  assert.equal(await followed.text(), "arrived");
  assert.equal((await fetch(`${origin}/here`, {})).status, 302);
  assert.equal((await fetch(`${origin}/away`, { redirect: "follow" })).status, 302);
  assert.equal((await fetch(`${origin}/loop`, { redirect: "follow" })).status, 302);
  assert.deepEqual(foreign, []);
});

test("fails when nobody listens", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const call = createHttpClient()(`http://127.0.0.1:${port}`, {});
  await assert.rejects(call, { code: "ECONNREFUSED" });
});
