/** A relay before a server that can fall silent: connections stand, and nothing comes through, as when a machine has gone. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createConnection, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

export interface SilentRelay {
  readonly port: number;
  /** Every connection that stands now is dead from here on; new ones are good. */
  fallSilent(): void;
}

/** Relays to this port of loopback; ends with the test. */
export async function startRelay(t: TestContext, to: number): Promise<SilentRelay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = createConnection({ port: to, host: "127.0.0.1" });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.pipe(upstream).pipe(client);
    for (const socket of pair) {
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    fallSilent() {
      for (const [client, upstream] of pairs) {
        client.unpipe();
        upstream.unpipe();
        // Read and dropped, so that its writer notices nothing.
        client.resume();
        upstream.resume();
      }
    },
  };
}
