/** Node's best-known proxy library, without any sign-in: what forwarding costs where most gateways in JavaScript begin. */
import { join } from "node:path";
import packageOf from "http-proxy/package.json" with { type: "json" };
import { freePort } from "../process.ts";
import { startSubject } from "./start.ts";
import type { Subject } from "./subject.ts";

function httpProxyWith(name: string, agent: readonly string[]): Pick<Subject, "version" | "start"> {
  return {
    version: () => `${packageOf.name} ${packageOf.version}, node ${process.version}`,
    async start({ upstream, directory }) {
      const port = await freePort();
      const script = join(import.meta.dirname, "http-proxy-server.ts");
      return startSubject({
        command: process.execPath,
        args: [script, String(port), upstream, ...agent],
        origin: `http://127.0.0.1:${port}`,
        directory,
        log: join(directory, `${name}.log`),
      });
    },
  };
}

export const httpProxy: Subject = {
  name: "http-proxy",
  setup:
    "`createProxyServer` as its README shows it, so without an agent, in a plain `node:http` server; no sign-in, no log",
  plays: ["requests", "transfers", "start-up", "sockets", "many-sockets"],
  ...httpProxyWith("http-proxy", []),
};

export const httpProxyAgent: Subject = {
  name: "http-proxy-agent",
  setup: "The same with a keep-alive agent and `xfwd`",
  plays: ["requests", "transfers"],
  ...httpProxyWith("http-proxy-agent", ["agent"]),
};
