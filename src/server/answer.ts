/**
 * Answers a request with a reply of the gate's own, whatever state its body is in. A body that nobody will read closes the
 * connection after the answer: its bytes would otherwise be read as the next request (S88).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Reply } from "../http/reply.ts";
import { bodyFits, hasBody } from "../http/request-body.ts";
import { headOf, lingerMs, type WriteOptions, wordsOf, writeReply } from "./write-reply.ts";

export interface AnswerOptions {
  readonly requestId: string;
  /** Close the connection in any case. */
  readonly close: boolean;
  /** Bytes of a body that is read past instead of closing. */
  readonly ownBodyBytes: number;
  /** The client waits for `100 Continue` and has sent no body yet. */
  readonly expectsContinue: boolean;
}

export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  options: AnswerOptions,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const pending = hasBody(request) && !request.complete;
  const unread = pending && (options.expectsContinue || !bodyFits(request, options.ownBodyBytes));
  const write: WriteOptions = {
    requestId: options.requestId,
    headOnly: request.method === "HEAD",
    close: options.close || unread || !response.shouldKeepAlive,
  };
  if (unread && !options.expectsContinue) writeAndLinger(request, response, reply, write);
  else writeReply(response, reply, write);
}

/** Connections whose last answer is written: what the parser still finds wrong with the body that follows is no news. */
export const lingering = new WeakSet<Duplex>();

/**
 * Sends the whole answer, but ends the connection only when the client has stopped sending, or a second later: closed with
 * bytes unread it would be reset, and the answer lost.
 */
function writeAndLinger(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  options: WriteOptions,
): void {
  const body = Buffer.from(reply.body, "utf8");
  lingering.add(request.socket);
  response.writeHead(reply.status, wordsOf(reply), headOf(reply, body.length, options));
  if (options.headOnly || body.length === 0) response.flushHeaders();
  else response.write(body);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  request.once("end", end).resume();
  response.once("close", () => clearTimeout(timer));
}
