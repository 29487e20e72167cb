/** A direct pipe of Node's own: what is left of the gate's cost above it for a WebSocket is following frames and keeping watch. */
import { join } from "node:path";
import { freePort } from "../process.ts";
import { startSubject } from "./start.ts";
import type { Subject } from "./subject.ts";

export const nodePipe: Subject = {
  name: "node-pipe",
  setup:
    "`net.createServer` that pipes each socket to one of the upstream and back; knows no HTTP, no sign-in",
  plays: ["transfers", "start-up", "sockets", "many-sockets"],
  version: () => `node ${process.version}`,
  async start({ upstream, directory }) {
    const port = await freePort();
    return startSubject({
      command: process.execPath,
      args: [join(import.meta.dirname, "node-pipe-server.ts"), String(port), upstream],
      origin: `http://127.0.0.1:${port}`,
      directory,
      log: join(directory, "node-pipe.log"),
    });
  },
};
