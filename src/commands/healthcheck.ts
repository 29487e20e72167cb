/**
 * Asks the running gate for its status, for a container's HEALTHCHECK: an image then needs no curl, and the address comes
 * from the same settings as the gate's own.
 */
import { get } from "node:http";
import { get as getOverTls } from "node:https";
import { showListen } from "../config/address.ts";
import type { Config } from "../config/config.ts";
import { errorCode } from "../config/files.ts";

const timeoutMs = 4000;

/** Resolves to undefined when the gate answers 200, else to what is wrong. Never rejects. */
export function healthcheck(
  config: Pick<Config, "listen" | "gateBase" | "tls">,
): Promise<string | undefined> {
  const { listen } = config;
  const where = showListen(listen);
  // Every interface is reached through the loopback one.
  const host =
    "path" in listen || ["", "0.0.0.0", "::"].includes(listen.host) ? "127.0.0.1" : listen.host;
  const to = "path" in listen ? { socketPath: listen.path } : { host, port: listen.port };
  return new Promise((resolve) => {
    const path = `${config.gateBase}/api/auth/status`;
    // The gate's own certificate names its public host, and the way there is this machine's.
    const ask = config.tls === undefined ? get : getOverTls;
    const options = { ...to, path, headers: { host: "localhost" }, agent: false };
    const request = ask({ ...options, rejectUnauthorized: false }, (response) => {
      response.resume();
      const { statusCode } = response;
      resolve(statusCode === 200 ? undefined : `the gate at ${where} answered ${statusCode}`);
    });
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    request.on("error", (error) =>
      resolve(`the gate at ${where} cannot be asked (${errorCode(error)})`),
    );
  });
}
