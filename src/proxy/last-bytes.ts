/**
 * The writes that are not the usual one: a head without its body, an answer that is complete while its request is not, and the
 * end of one that broke.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Sends the head alone. Node's `flushHeaders` by itself would write it as UTF-8, and a field with a byte beyond ASCII would arrive
 * as two; but a write of nothing, which is Latin-1 as told, does not send the head of an answer without a body.
 */
export function flushHead(response: ServerResponse): void {
  response.write("", "latin1");
  response.flushHeaders();
}

/** Milliseconds for which the rest of an upload is read off after its answer. */
const lingerMs = 2000;

/**
 * Ends an answer whose request is still being sent. Closing at once would reset the connection under the client, which may
 * lose the answer with it; so the rest is read and thrown away for a while (RFC 9112, 9.6).
 */
export function endAfterUpload(
  request: IncomingMessage,
  response: ServerResponse,
  lastPiece: string | undefined,
): void {
  if (lastPiece === undefined) flushHead(response);
  else response.write(lastPiece, "latin1");
  const timer = setTimeout(end, lingerMs);
  function end(): void {
    clearTimeout(timer);
    request.off("end", end).off("close", end);
    response.end();
  }
  request.on("end", end).on("close", end);
  request.resume();
}

/** Breaks the client's connection, so that it cannot take what it has for the whole (S87). */
export function breakOff(response: ServerResponse): void {
  const { socket } = response;
  // To a client of HTTP/1.0 the end of the connection is the end of the body: only a reset tells it otherwise.
  if (socket !== null && response.req.httpVersionMinor === 0 && !("encrypted" in socket)) {
    socket.resetAndDestroy();
  }
  response.destroy();
}
