/** How an upgrade was refused: by a close code after a completed handshake, or by the status of one that was not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";

/** Fails when the dashboard says something, that is, when the upgrade was not refused. */
export async function refusal(socket: WebSocket): Promise<number | undefined> {
  const closed = once(socket, "close").then(([code]) => Number(code));
  const answered = once(socket, "unexpected-response").then(([, response]) => {
    const { statusCode } = response as IncomingMessage;
    (response as IncomingMessage).destroy();
    return statusCode;
  });
  const reached = once(socket, "message").then(() => assert.fail("the dashboard was reached"));
  return Promise.race([answered, closed, reached]);
}
