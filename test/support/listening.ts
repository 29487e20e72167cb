/** Puts a server of the test's own on a free port of this machine. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import type { TestContext } from "node:test";

/** Where it listens, as `127.0.0.1:port`. It is closed with the test, and every connection to it that is open then. */
export async function listening(t: TestContext, server: Server): Promise<string> {
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return `127.0.0.1:${address.port}`;
}
