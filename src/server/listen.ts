/**
 * Opens the listener, and stops it in order: no new connections, requests finish, then the hard limit (S100). A proxy that
 * keeps connections to several gates must lose nothing when one of them stops.
 */
import type { Server } from "node:http";
import { Server as TlsServer } from "node:https";
import { Server as NetServer, type Socket } from "node:net";

export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

export interface Listener {
  /** Listens and returns the address as a person would type it. Fails with the system's error (EADDRINUSE, EACCES, ENOENT). */
  listen(address: ListenAddress): Promise<string>;
  /**
   * Stops accepting, ends idle connections half a second later and waits until the last request is over, or `limitMs` is;
   * what is left then is cut, sockets that have left HTTP too. Resolves when every connection is closed.
   */
  drain(limitMs: number): Promise<void>;
}

/**
 * Milliseconds for which idle connections are kept while the gate stops. A proxy may have sent a request on one just now, and
 * would not send a POST again elsewhere; one that is answered in this time is told to close, so a busy proxy leaves by itself.
 */
const idleGraceMs = 500;

/** Milliseconds between two looks at which kept connections have become idle after that. */
const idleLookMs = 100;

/** The listener of this server, before its first connection. */
export function createListener(server: Server): Listener {
  // The server itself forgets a socket that was upgraded.
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  return {
    async listen(address) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once("error", reject);
      const ready = () => {
        server.off("error", reject);
        resolve();
      };
      if ("path" in address) server.listen(address.path, ready);
      else server.listen(address.port, address.host === "" ? undefined : address.host, ready);
      await promise;
      return describe(server);
    },
    async drain(limitMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const started = performance.now();
      // The listener's close alone: an HTTP server's own would end the idle connections with it.
      NetServer.prototype.close.call(server, () => resolve());
      const look = setInterval(() => {
        if (performance.now() - started >= idleGraceMs) server.closeIdleConnections();
      }, idleLookMs);
      const hard = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, limitMs);
      await promise;
      clearInterval(look);
      clearTimeout(hard);
    },
  };
}

function describe(server: Server): string {
  const address = server.address();
  if (address === null) return "";
  if (typeof address === "string") return `unix:${address}`;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${server instanceof TlsServer ? "https" : "http"}://${host}:${address.port}`;
}
