/** A worker of node:cluster that serves two connections at a time: the gate's server, which tells its port to who started it. */
import { once } from "node:events";
import { test } from "node:test";
import { nowhere, startGateServer } from "./gate-server.ts";

test("serves until it is left", async (t) => {
  const gate = await startGateServer(t, nowhere, { limits: { connections: 2 } });
  process.send?.(gate.port);
  await once(process, "disconnect");
});
