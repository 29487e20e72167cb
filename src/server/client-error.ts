/**
 * Answers what the parser refuses: malformed bytes, heads that are too large or too late. There is no request to decide on,
 * so the answer is fixed and the connection is closed (S84, S85, S92, S93).
 */
import type { Duplex } from "node:stream";
import { type ErrorCode, errorCatalogue } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { jsonReply } from "../http/reply.ts";
import { lingering } from "./answer.ts";
import { underWay } from "./in-turn.ts";
import { writeReplyOnSocket } from "./write-reply.ts";

const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ["HPE_HEADER_OVERFLOW", "headers_too_large"],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", "body_too_large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "request_timeout"],
]);

/** The client has ended its side in the middle of a message. */
const clientEnded = "HPE_INVALID_EOF_STATE";

export function createClientError(
  log: Log,
  newRequestId: () => string,
): (error: NodeJS.ErrnoException, socket: Duplex) => void {
  return function clientError(error, socket) {
    // The parser complains again about every further piece: it has its answer.
    if (socket.writableEnded) return;
    // So has a request that was refused before its body was read, and it may not be cut short (S88).
    if (lingering.has(socket) && error.code !== "ECONNRESET") {
      if (error.code === clientEnded) socket.end();
      return;
    }
    if (error.code === "ECONNRESET" || !socket.writable || isAnswering(socket)) {
      socket.destroy();
      return;
    }
    const code = codes.get(error.code ?? "") ?? "bad_request";
    const { status, text } = errorCatalogue[code];
    const requestId = newRequestId();
    log.debug({ request_id: requestId, code, parser: error.code }, text);
    const reply = jsonReply(status, { error: code, detail: text, request_id: requestId });
    writeReplyOnSocket(socket, reply, requestId);
  };
}

/** An answer has begun: what is written now would be read as a part of it. */
function isAnswering(socket: Duplex): boolean {
  return underWay(socket)?.headersSent === true;
}
