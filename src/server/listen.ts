/**
 * Opens the listener, and stops it in order: no new connections, requests finish, then the hard limit (S100). A proxy that
 * keeps connections to several gates must lose nothing when one of them stops.
 */
import type { Server } from "node:http";
import { Server as TlsServer } from "node:https";
import { Server as NetServer, type Socket } from "node:net";
import { removeLeftSocket } from "./left-socket.ts";

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
  let accepted = 0;
  server.on("connection", (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
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
    async drain(limitMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      await quietTurn(() => accepted);
      const started = performance.now();
      // The listener's close alone: an HTTP server's own would end the idle connections with it.
      NetServer.prototype.close.call(server, () => resolve());
      const look = setInterval(() => {
        if (performance.now() - started < idleGraceMs) return;
        // After the turn has read what is there: an unread request makes a connection look idle, and its close a reset.
        setImmediate(() => server.closeIdleConnections());
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

/** Milliseconds of a turn that counts as quiet, and for which one is waited for at most. */
const quietMs = 1;
const longestWaitMs = 300;

/**
 * Resolves right after a turn of the event loop that found no connection to take, and that was short: libuv takes one a
 * turn. What the system has taken for a listener and nobody has accepted is reset by its close, with a POST that is on it.
 */
async function quietTurn(accepted: () => number): Promise<void> {
  const deadline = performance.now() + longestWaitMs;
  for (let at = performance.now(); at < deadline; at = performance.now()) {
    const before = accepted();
    await new Promise((resolve) => setImmediate(resolve));
    if (accepted() === before && performance.now() - at < quietMs) return;
  }
}

function describe(server: Server): string {
  const address = server.address();
  if (address === null) return "";
  if (typeof address === "string") return `unix:${address}`;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `${server instanceof TlsServer ? "https" : "http"}://${host}:${address.port}`;
}
