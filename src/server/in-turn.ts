/**
 * Has pipelined requests wait for the answer before theirs. Node hands over all that a connection brings at once: one client could
 * ask the upstream thousands of things at a time, and when it left nobody would call them off, since only the response whose turn
 * it is hears of that (S93).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests that may wait on a connection. Programs that pipeline send ten or so. */
const maxWaiting = 100;

/** Calls `go` when it is the response's turn, and never when its connection closes before. For a response without a socket. */
export type InTurn = (request: IncomingMessage, response: ServerResponse, go: () => void) => void;

/** A connection with more than a hundred requests waiting is cut. */
export function createTurns(): InTurn {
  const waiting = new WeakMap<Socket, number>();
  return function inTurn({ socket }, response, go) {
    // The parser goes on through what it has read, though the connection was cut in the middle of that.
    if (socket.destroyed) return;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > maxWaiting) {
      socket.destroy();
      return;
    }
    waiting.set(socket, count);
    response.once("socket", () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      go();
    });
  };
}
