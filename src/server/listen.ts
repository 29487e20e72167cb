/**
 * Opens the listener, and stops it in order: no new connections, requests finish, then the hard limit (S100). A proxy that
 * keeps connections to several gates must lose nothing when one of them stops.
 */
import type { Server } from "node:http";
import { Server as TlsServer } from "node:https";
import { Server as NetServer, type Socket } from "node:net";
import { removeLeftSocket } from "./left-socket.ts";
import { nobodyWaits, whenQuiet } from "./quiet.ts";

export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

export interface Listener {
  /**
   * Listens and returns the address as a person would type it. A socket that nobody listens on any more is taken over. Fails with
   * the system's error (EADDRINUSE, EACCES, ENOENT).
   */
  listen(address: ListenAddress): Promise<string>;
  /**
   * Takes no new connection as soon as nobody waits for that (2 s later at most), and says so by `refusing`. Ends idle ones when
   * nothing has come in for half a second, and waits until the last request is over, or `limitMs` is; what is left then is cut,
   * sockets that have left HTTP too. Resolves when every connection is closed.
   */
  drain(limitMs: number, refusing?: () => void): Promise<void>;
}

/** The listener of this server, before its first connection. */
export function createListener(server: Server): Listener {
  // The server itself forgets a socket that was upgraded.
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on("connection", (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  // Taken as well, and closed: one more than the server serves.
  server.on("drop", () => {
    accepted += 1;
  });

  return {
    async listen(address) {
      try {
        await open(server, address);
      } catch (error) {
        const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
        if (!taken || !("path" in address) || !(await removeLeftSocket(address.path))) throw error;
        await open(server, address);
      }
      return describe(server);
    },
    async drain(limitMs, refusing) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const hard = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, limitMs);
      await nobodyWaits(() => accepted, limitMs / 2);
      // The listener's close alone: an HTTP server's own would end the idle connections with it.
      NetServer.prototype.close.call(server, () => resolve());
      refusing?.();
      const stopLooking = whenQuiet(sockets, () => server.closeIdleConnections());
      await promise;
      stopLooking();
      clearTimeout(hard);
    },
  };
}

function open(server: Server, address: ListenAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (error: Error) => {
    server.off("listening", ready);
    reject(error);
  };
  const ready = () => {
    server.off("error", failed);
    resolve();
  };
  server.once("error", failed).once("listening", ready);
  if ("path" in address) server.listen(address.path);
  else server.listen(address.port, address.host === "" ? undefined : address.host);
  return promise;
}

function describe(server: Server): string {
  const address = server.address();
  if (address === null) return "";
  if (typeof address === "string") return `unix:${address}`;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${server instanceof TlsServer ? "https" : "http"}://${host}:${address.port}`;
}
