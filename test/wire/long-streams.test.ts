/**
 * Long streams of bytes that are all different, to a client that reads late: buffers that are used again on the way must not
 * show, and nothing may be lost or doubled where the one side waits for the other.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { eventually, standsStill } from "../support/eventually.ts";
import { startProxy } from "../support/proxy.ts";
import { type RawClient, rawClient, requestText } from "../support/raw-client.ts";
import { handshakeText, switching } from "../support/raw-websocket.ts";
import { rawUpstream, type UpstreamConnection } from "../support/upstream.ts";

const size = 32 * 1024 * 1024;

/** Sends pieces of many sizes, one at a time, no four bytes in all of them alike. Returns their digest. */
async function pour(
  { socket }: { readonly socket: Socket },
  seed: number,
  frame: (piece: Buffer) => readonly (Buffer | string)[] = (piece) => [piece],
): Promise<string> {
  const sent = createHash("sha256");
  let count = seed * size;
  for (let left = size; left > 0; ) {
    const piece = Buffer.alloc(Math.min(left, 4 * (1 + ((count * 7919) % 12_000))));
    for (let at = 0; at < piece.length; at += 4) {
      count += 1;
      piece.writeUInt32LE(count, at);
    }
    sent.update(piece);
    left -= piece.length;
    let room = true;
    for (const part of frame(piece)) room = socket.write(part, "latin1");
    const next = room ? setImmediate : (go: () => void) => socket.once("drain", go);
    await new Promise<void>((resolve) => next(resolve));
  }
  return sent.digest("hex");
}

/** The digest of so many bytes, from where the client stands. */
async function drain(client: RawClient): Promise<string> {
  const first = await client.bytes(client.unread.length);
  const got = createHash("sha256").update(first);
  let received = first.length;
  client.socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
    got.update(chunk);
    received += chunk.length;
  });
  client.socket.resume();
  await eventually("all has come", () => received >= size);
  assert.equal(received, size);
  return got.digest("hex");
}

interface Streams {
  /** What a client sends to be sent so much. */
  readonly request: string;
  /** Answers it, and gives the digest of what it sent. */
  answer(connection: UpstreamConnection): Promise<string>;
}

/** Has one client wait until nothing more goes, another take all, and then the first one all that waited for it. */
async function twoAtATime(t: TestContext, { request, answer }: Streams): Promise<void> {
  const sent: Promise<string>[] = [];
  let written = () => 0;
  const upstream = await rawUpstream(t, async (connection) => {
    await connection.requestHead();
    if (sent.length === 0) written = () => connection.socket.bytesWritten;
    sent.push(answer(connection));
  });
  const proxy = await startProxy(t, upstream.origin);
  const [late, quick] = [await rawClient(t, proxy.port), await rawClient(t, proxy.port)];
  late.send(request);
  await late.until("\r\n\r\n");
  late.socket.pause();
  await standsStill("the upstream", () => written());
  quick.send(request);
  await quick.until("\r\n\r\n");
  const got = [await drain(quick), await drain(late)];
  assert.deepEqual(got.toReversed(), await Promise.all(sent));
}

test("every byte of a long counted answer arrives in its place", (t) =>
  twoAtATime(t, {
    request: requestText(["GET / HTTP/1.1", "Host: h"]),
    answer(connection) {
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      return pour(connection, connection.number);
    },
  }));

test("every byte of a long answer in chunks arrives in its place", (t) =>
  twoAtATime(t, {
    // To HTTP/1.0 the body goes out without chunks of ours.
    request: requestText(["GET / HTTP/1.0", "Host: h"]),
    async answer(connection) {
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const chunk = (piece: Buffer) => [`${piece.length.toString(16)}\r\n`, piece, "\r\n"];
      const sent = await pour(connection, connection.number, chunk);
      connection.send("0\r\n\r\n");
      return sent;
    },
  }));

test("every byte of a long WebSocket arrives in its place", (t) =>
  twoAtATime(t, {
    request: handshakeText("h", "/ws"),
    answer(connection) {
      connection.send(switching);
      return pour(connection, connection.number);
    },
  }));

test("every byte of a long WebSocket arrives in its place on the way up", async (t) => {
  const heard = createHash("sha256");
  let received = 0;
  const upstream = await rawUpstream(t, async ({ socket, requestHead, send }) => {
    await requestHead();
    socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
      heard.update(chunk);
      received += chunk.length;
    });
    socket.pause();
    send(switching);
    await standsStill("the client", () => client.socket.bytesWritten);
    socket.resume();
  });
  const proxy = await startProxy(t, upstream.origin);
  const client = await rawClient(t, proxy.port);
  client.send(handshakeText("h", "/ws"));
  await client.answer();
  const sent = await pour(client, 1);
  await eventually("all has gone up", () => received === size);
  assert.equal(heard.digest("hex"), sent);
});
