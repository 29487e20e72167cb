/**
 * Cuts a client that takes nothing of its answer any more: it would hold its connection, and the upstream's behind it, for as long as
 * it likes (S93). Looks at all connections now and then, so that no request pays for it. Silence is no matter here: only who has bytes
 * to take is looked at, and a WebSocket never (S83).
 */
import type { Server } from "node:http";
import { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";

export interface SlowReaders {
  /** Milliseconds that a client may take nothing, from now on; 0 is no limit. */
  limit(idleMs: number): void;
  /** This connection has left HTTP: whether it takes what it is sent is no matter any more. */
  leave(socket: Socket): void;
}

/** What a connection had still to send, and had sent in all, at the last look. */
interface Seen {
  readonly waiting: number;
  readonly written: number;
}

const nothing: Seen = { waiting: 0, written: 0 };

/** Follows the connections of a server that does not listen yet. A client is cut after once to twice the limit. */
export function cutSlowReaders(server: Server, idleMs: number): SlowReaders {
  const sockets = new Map<Socket, Seen>();
  let timer: NodeJS.Timeout | undefined;

  server.on(server instanceof TlsServer ? "secureConnection" : "connection", (socket: Socket) => {
    sockets.set(socket, nothing);
    socket.once("close", () => sockets.delete(socket));
  });

  function look(): void {
    for (const [socket, before] of sockets) {
      const waiting = socket.writableLength;
      if (waiting === 0 && before === nothing) continue;
      const seen = waiting === 0 ? nothing : { waiting, written: socket.bytesWritten };
      if (seen.written === before.written && waiting === before.waiting) {
        socket.destroy();
      } else sockets.set(socket, seen);
    }
  }

  function limit(ms: number): void {
    clearInterval(timer);
    timer = ms === 0 ? undefined : setInterval(look, ms).unref();
  }
  limit(idleMs);
  server.once("close", () => clearInterval(timer));
  return { limit, leave: (socket) => void sockets.delete(socket) };
}
