/** Opens the listener, and stops it in order: no new connections, requests finish, then the hard limit (S100). */
import type { Server } from "node:http";

export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/** Listens and returns the address as a person would type it. Fails with the system's error (EADDRINUSE, EACCES, ENOENT). */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
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
}

/**
 * Stops accepting, ends idle connections and waits until the last request is over, or `limitMs` is; what is left then is
 * cut. Resolves when every connection is closed.
 */
export async function drain(server: Server, limitMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const hard = setTimeout(() => server.closeAllConnections(), limitMs);
  await promise;
  clearTimeout(hard);
}

function describe(server: Server): string {
  const address = server.address();
  if (address === null) return "";
  if (typeof address === "string") return `unix:${address}`;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
