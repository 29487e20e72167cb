/**
 * Echoes binary messages on `/echo`, as little as a WebSocket server can do: it reads frame headers, and answers each frame by
 * an unmasked one with as many zero bytes. The load's frames are masked with zeros, so that this is what was sent.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { createFrameCounter, frame } from "../load/frames.ts";

const port = Number(process.argv[2]);
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const server = createServer({ keepAliveTimeout: 300_000 }, (request, response) => {
  request.resume();
  response.setHeader("Content-Type", "application/json").end('{"status":"good"}');
});

server.on("upgrade", (request, socket: Duplex) => {
  const key = request.headers["sec-websocket-key"] ?? "";
  const accept = createHash("sha1").update(`${key}${guid}`).digest("base64");
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.end());
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const counter = createFrameCounter((payload) => socket.write(answerOf(payload)));
  socket.on("data", counter);
});

/** Messages of a case are of one size. */
let last: { readonly payload: number; readonly bytes: Buffer } = {
  payload: -1,
  bytes: Buffer.alloc(0),
};
function answerOf(payload: number): Buffer {
  if (last.payload !== payload) last = { payload, bytes: frame(payload, false) };
  return last.bytes;
}

server.listen(port, "127.0.0.1", 4096);
