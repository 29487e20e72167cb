/** The floor under every proxy on Node and undici: what is left of the gate's cost above it is the gate's own work. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, startProgram, untilAnswers } from "../process.ts";
import type { Subject } from "./subject.ts";

export const floor: Subject = {
  name: "undici floor",
  setup:
    "`node:http` server and undici `Pool.dispatch` alone; no decision, no log, no error handling",
  async version() {
    const file = join(import.meta.dirname, "../../node_modules/undici/package.json");
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
    return `node ${process.version}, undici ${version}`;
  },
  async start({ upstream, directory }) {
    const port = await freePort();
    const program = await startProgram(
      process.execPath,
      [join(import.meta.dirname, "floor-server.ts"), String(port), upstream],
      { directory, log: join(directory, "floor.log") },
    );
    const origin = `http://127.0.0.1:${port}`;
    await untilAnswers(`${origin}/small`, 200);
    return { origin, pid: program.pid, credentials: {}, stop: program.stop };
  },
};
