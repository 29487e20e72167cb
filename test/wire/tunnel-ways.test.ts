/** A WebSocket's ways through the proxy: over each kind of upstream, with what both ends agreed on, and both ways held back. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeCertificate } from "../outer/certificate.ts";
import { temporaryFolder } from "../support/config.ts";
import { standsStill } from "../support/eventually.ts";
import { startProxy } from "../support/proxy.ts";
import { rawClient } from "../support/raw-client.ts";
import { handshakeText, switching } from "../support/raw-websocket.ts";
import { rawUpstream, type Script } from "../support/upstream.ts";

/** Takes the handshake and sends back what comes. */
const echoing: Script = async (connection) => {
  await connection.requestHead();
  connection.send(switching);
  connection.send(await connection.bytes(4));
};

test("a WebSocket reaches an upstream behind TLS with its own authority", async (t) => {
  const { certFile, keyFile, ca } = makeCertificate(temporaryFolder(t), ["localhost"]);
  const tls = { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
  const upstream = await rawUpstream(t, echoing, { tls });
  const proxy = await startProxy(t, `https://localhost:${upstream.port}`, { ca });
  const client = await rawClient(t, proxy.port);
  client.send(handshakeText("h", "/ws"));
  assert.match((await client.answer()).start, / 101 /);
  client.send("ping");
  assert.equal(String(await client.bytes(4)), "ping");
});

test("a WebSocket reaches an upstream at a Unix socket", async (t) => {
  const socketPath = join(temporaryFolder(t), "up.sock");
  await rawUpstream(t, echoing, { path: socketPath });
  const proxy = await startProxy(t, { origin: "http://localhost", socketPath });
  const client = await rawClient(t, proxy.port);
  client.send(handshakeText("h", "/ws"));
  assert.match((await client.answer()).start, / 101 /);
  client.send("ping");
  assert.equal(String(await client.bytes(4)), "ping");
});

// Jupyter, GraphQL and n8n choose by subprotocol; a parameter that is lost changes how every later frame is read.
test("subprotocols and extensions pass both ways as they are written", async (t) => {
  const offered = [
    "Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org, graphql-ws",
    "Sec-WebSocket-Protocol: third",
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-odd; a="b, c"',
  ];
  const chosen = [
    "Sec-WebSocket-Protocol: graphql-ws",
    "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12",
  ];
  const got = Promise.withResolvers<readonly string[]>();
  const upstream = await rawUpstream(t, async (connection) => {
    got.resolve((await connection.requestHead()).fields);
    connection.send(`${switching.slice(0, -2)}${chosen.join("\r\n")}\r\n\r\n`);
  });
  const proxy = await startProxy(t, upstream.origin);
  const client = await rawClient(t, proxy.port);
  client.send(handshakeText("h", "/ws", offered));
  const { fields } = await client.answer();
  const agreed = (lines: readonly string[]) =>
    lines.filter((line) => /^sec-websocket-(?:protocol|extensions):/i.test(line));
  assert.deepEqual(agreed(await got.promise), offered);
  assert.deepEqual(agreed(fields), chosen);
});

test("S83: a client is held back while the upstream of its WebSocket does not read", async (t) => {
  const size = 100 * 1024 * 1024;
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.requestHead();
    connection.send(switching);
    connection.socket.pause();
  });
  const proxy = await startProxy(t, upstream.origin);
  const client = await rawClient(t, proxy.port);
  client.send(handshakeText("h", "/ws"));
  await client.answer();
  const block = Buffer.alloc(262_144);
  const pump = (): void => {
    if (client.socket.bytesWritten < size) client.socket.write(block, (error) => error ?? pump());
  };
  pump();
  await standsStill("the client", () => client.socket.bytesWritten);
  assert.ok(client.socket.bytesWritten < size / 2, `${client.socket.bytesWritten} bytes went`);
});
