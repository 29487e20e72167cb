/** Node's best-known proxy library, without any sign-in: what forwarding costs where most gateways in JavaScript begin. */
import { join } from "node:path";
import packageOf from "http-proxy/package.json" with { type: "json" };
import { freePort, startProgram, untilAnswers } from "../process.ts";
import type { Subject } from "./subject.ts";

export const httpProxy: Subject = {
  name: "http-proxy",
  setup:
    "`createProxyServer` with a keep-alive agent and `xfwd`, in a plain `node:http` server; no sign-in",
  version: async () => `${packageOf.name} ${packageOf.version}`,
  async start({ upstream, directory }) {
    const port = await freePort();
    const program = await startProgram(
      process.execPath,
      [join(import.meta.dirname, "http-proxy-server.ts"), String(port), upstream],
      { directory, log: join(directory, "http-proxy.log") },
    );
    const origin = `http://127.0.0.1:${port}`;
    await untilAnswers(`${origin}/small`, 200);
    return { origin, pid: program.pid, credentials: {}, stop: program.stop };
  },
};
