/** The settings as the gate's core takes them: sets in place of lists, and only what it asks for. */
import type { GateSettings } from "../gate/parts.ts";
import type { Config } from "./config.ts";

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
