/**
 * Passes on an answer to an upgrade that is not a 101 (n8n, Vite and Grafana refuse in this way): status, header and body, then
 * the end of both connections, since bytes that the client sent for a tunnel must never be read as requests (S79).
 */
import { type IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import type { InboundHead } from "./inbound.ts";

/** Throws, with nothing written, on a head that Node's parser takes and Node will not write: a status below 100, odd words. */
export function relayRefusal(
  request: IncomingMessage,
  socket: Duplex,
  answer: IncomingMessage,
  head: InboundHead,
): void {
  const response = new ServerResponse(request);
  if (!(socket instanceof Socket)) {
    socket.destroy();
    return;
  }
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [
    ...head.headers,
    "Connection",
    "close",
  ]);
  response.assignSocket(socket);
  response.on("finish", () => socket.destroySoon());
  // A break on either side breaks the other: an unfinished answer never ends well.
  pipeline(answer, response, (error) => {
    if (error !== undefined && error !== null) socket.destroy();
  });
}
