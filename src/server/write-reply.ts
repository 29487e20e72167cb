/** Writes a Reply to a response or a bare socket: the one place where an answer of the gate's own becomes bytes. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Reply } from "../http/reply.ts";

export interface WriteOptions {
  readonly requestId: string;
  /** HEAD: the head alone. */
  readonly headOnly: boolean;
  /** The connection is not used again: the body was not read, or the gate stops (S88). */
  readonly close: boolean;
}

export function writeReply(response: ServerResponse, reply: Reply, options: WriteOptions): void {
  const body = Buffer.from(reply.body, "utf8");
  response.writeHead(reply.status, wordsOf(reply), headOf(reply, body.length, options));
  response.end(options.headOnly ? undefined : body);
}

/** Milliseconds that a client gets to read the answer while it still sends: closed with bytes unread it would be reset. */
export const lingerMs = 1000;

/**
 * Writes a reply on a socket that has left HTTP (a refused upgrade) and closes it when the client does, or a second later. A
 * request that the parser refused never had a response either.
 */
export function writeReplyOnSocket(socket: Duplex, reply: Reply, requestId: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = Buffer.from(reply.body, "utf8");
  const fields = headOf(reply, body.length, { requestId, headOnly: false, close: true });
  let head = `HTTP/1.1 ${reply.status} ${wordsOf(reply)}\r\n`;
  for (let i = 0; i < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`;
  const cut = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(cut));
  // A reset by a client that is gone already is no news.
  socket.on("error", () => socket.destroy());
  socket.resume();
  socket.end(Buffer.concat([Buffer.from(`${head}\r\n`, "latin1"), body]));
}

/** The usual words of the status. Always told: a response keeps those of an upstream's head that could not be written. */
export function wordsOf({ status }: Reply): string {
  return STATUS_CODES[status] ?? "";
}

/** The flat list of header fields of a reply, request id, length and connection included. */
export function headOf(reply: Reply, length: number, options: WriteOptions): string[] {
  const fields = reply.headers.flat();
  fields.push("X-Request-Id", options.requestId);
  if (reply.status !== 204) fields.push("Content-Length", String(length));
  if (options.close) fields.push("Connection", "close");
  return fields;
}
