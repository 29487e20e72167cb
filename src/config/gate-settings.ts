/** Hands the gate's core the settings that it asks for, in the form in which it looks them up. */
import type { GateSettings } from "../gate/parts.ts";
import type { Config } from "./config.ts";

/** The settings of the gate. `version` is as `--version` prints it. */
export function gateSettings(config: Config, version: string): GateSettings {
  const { websocket } = config;
  return {
    gateBase: config.gateBase,
    apiPrefixes: config.apiPrefixes,
    login: config.login,
    websocket: {
      cookies: websocket.auth.includes("cookie"),
      ticketTtlSeconds: websocket.ticketTtlSeconds,
      allowedOrigins: new Set(websocket.allowedOrigins),
      maxLifetimeSeconds: websocket.maxLifetimeSeconds,
    },
    bearer: config.bearer,
    passAccessToken: config.passAccessToken,
    insecure: config.insecure,
    maxBodyBytes: config.limits.ownBodyBytes,
    version,
    ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
  };
}
