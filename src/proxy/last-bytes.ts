/**
 * The two endings that are not the usual one: an answer that is complete while its request is not, and an answer that broke.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Milliseconds for which the rest of an upload is read off after its answer. */
const lingerMs = 2000;

/**
 * Ends an answer whose request is still being sent. Closing at once would reset the connection under the client, which may
 * lose the answer with it; so the rest is read and thrown away for a while (RFC 9112, 9.6).
 */
export function endAfterUpload(
  request: IncomingMessage,
  response: ServerResponse,
  lastPiece: string | Buffer | undefined,
): void {
  if (lastPiece === undefined) response.flushHeaders();
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
