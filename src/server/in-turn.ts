/**
 * Has pipelined requests wait for the answer before theirs. Node hands over all that a connection brings at once: one client could
 * ask the upstream thousands of things at a time, and when it left nobody would call them off, since only the response whose turn
 * it is hears of that (S93). An upgrade has no response for Node to put in line: its 101, and what the upstream says after it,
 * would be read as the answer to the request before it.
 */
import { type IncomingMessage, ServerResponse } from "node:http";
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

/**
 * Calls `go` for a request that left HTTP, an upgrade or a CONNECT, when all before it on its connection are answered: at once, where
 * none waits; never, when one of the answers ends the connection or the client leaves.
 */
export function afterAnswers(socket: Socket, go: () => void): void {
  // Node listens no more: a reset would end the process, an end be heard by nobody, and a long answer stop for ever (S100).
  const leave = () => socket.destroy();
  const drain = () => underWay(socket)?.emit("drain");
  socket.on("error", leave).on("end", leave).on("drain", drain);
  function look(): void {
    const response = underWay(socket);
    if (response !== undefined) {
      response.once("close", look);
      return;
    }
    if (!socket.writable) return;
    socket.off("end", leave).off("drain", drain);
    go();
  }
  look();
}

/** The response whose turn it is. Node keeps it on the socket under this name. */
export function underWay(socket: object): ServerResponse | undefined {
  const message = "_httpMessage" in socket ? socket._httpMessage : undefined;
  return message instanceof ServerResponse ? message : undefined;
}
