/** The floor under every proxy on Node and undici: what is left of the gate's cost above it is the gate's own work. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../process.ts";
import { startSubject } from "./start.ts";
import type { Subject } from "./subject.ts";

export const floor: Subject = {
  name: "undici-floor",
  setup:
    "`node:http` server and undici `Pool.dispatch` alone; no decision, no log, no error handling",
  plays: ["requests"],
  version() {
    const file = join(import.meta.dirname, "../../node_modules/undici/package.json");
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
    return `undici ${version}, node ${process.version}`;
  },
  async start({ upstream, directory }) {
    const port = await freePort();
    return startSubject({
      command: process.execPath,
      args: [join(import.meta.dirname, "floor-server.ts"), String(port), upstream],
      origin: `http://127.0.0.1:${port}`,
      directory,
      log: join(directory, "floor.log"),
    });
  },
};
