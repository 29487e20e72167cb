/** Ports for the demo: the nice one when it is free, else any. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";

/** `wanted` when nothing listens there on loopback, else a free port. */
export async function choosePort(wanted: number): Promise<number> {
  return (await probe(wanted)) ?? (await probe(0)) ?? 0;
}

function probe(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const { port: taken } = server.address() as AddressInfo;
      server.close(() => resolve(taken));
    });
  });
}
