/**
 * Cuts a client that begins a body and then falls silent. Idle is measured on the wire only while the gate wants to read:
 * a body that waits for a slow upstream is not the client's fault.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { errorCatalogue } from "../base/errors.ts";
import { jsonReply, type Reply } from "../http/reply.ts";
import { hasBody } from "../http/request-body.ts";
import { writeReplyOnSocket } from "./write-reply.ts";

export interface Upload {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The status of an answer that was written past the response. */
  answered: number | undefined;
}

/**
 * `idleMs` 0 is no limit. Closes the connection, with 408 when no answer has begun, and the upstream's half with it. Past the
 * response, whose writer does not know of it and would write a second head.
 */
export function guardBody(upload: Upload, idleMs: number, requestId: string): void {
  const { request, response } = upload;
  if (idleMs === 0 || !hasBody(request)) return;
  let lastLength = -1;
  const timer = setInterval(() => {
    const blocked = request.readableLength >= request.readableHighWaterMark;
    const silent = request.socket.bytesRead === lastLength;
    lastLength = request.socket.bytesRead;
    if (!silent || blocked || request.complete) return;
    clearInterval(timer);
    const { socket } = request;
    if (!response.headersSent) {
      const reply = tooSlow(requestId);
      upload.answered = reply.status;
      writeReplyOnSocket(socket, reply, requestId);
    }
    // Not a second later: what is still on its way to the upstream must not count after this answer.
    socket.destroySoon();
  }, idleMs);
  timer.unref();
  const stop = () => clearInterval(timer);
  request.once("end", stop);
  response.once("close", stop);
}

function tooSlow(requestId: string): Reply {
  const { status, text } = errorCatalogue.request_timeout;
  return jsonReply(status, { error: "request_timeout", detail: text, request_id: requestId });
}
