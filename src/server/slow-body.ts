/**
 * Cuts a client that begins a body and then falls silent. Idle is measured on the wire only while the gate wants to read:
 * a body that waits for a slow upstream is not the client's fault.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { hasBody } from "./request-body.ts";

/** `idleMs` 0 is no limit. The connection is destroyed, which ends the upstream's half too. */
export function guardBody(
  request: IncomingMessage,
  response: ServerResponse,
  idleMs: number,
): void {
  if (idleMs === 0 || !hasBody(request)) return;
  let lastLength = -1;
  const timer = setInterval(() => {
    const blocked = request.readableLength >= request.readableHighWaterMark;
    const silent = request.socket.bytesRead === lastLength;
    lastLength = request.socket.bytesRead;
    if (silent && !blocked && !request.complete) request.socket.destroy();
  }, idleMs);
  timer.unref();
  const stop = () => clearInterval(timer);
  request.once("end", stop);
  response.once("close", stop);
}
