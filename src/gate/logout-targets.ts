/**
 * Where the sign-out form may lead beside our own origin: to the provider's sign-out, when `login.idp_logout` is on. Browsers
 * apply `form-action` to the redirect that answers a form too, so without this the policy of our own page would stop
 * the sign-out half-way (contract 2).
 */
import type { Exchange } from "../http/exchange.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";

/** The origins for the Content-Security-Policy of a page whose form signs out of this provider. Never fails. */
export type LogoutTargets = (exchange: Exchange, provider: string) => Promise<readonly string[]>;

export function createLogoutTargets({
  settings,
  registry,
  log,
}: Pick<GateParts, "settings" | "registry" | "log">): LogoutTargets {
  const own = ownPaths(settings.gateBase);
  return async (exchange, name) => {
    if (!settings.login.idpLogout) return [];
    const returnTo = logoutReturn(exchange, own.login);
    try {
      const url = await registry.find(name)?.endSessionUrl?.({ returnTo });
      return url === undefined ? [] : [new URL(url).origin];
    } catch (err) {
      log.warn({ request_id: exchange.id, provider: name, err }, signOutUnknown);
      return [];
    }
  };
}

/** The log's line when the provider cannot be asked where it signs people out. */
export const signOutUnknown =
  "the provider's sign-out cannot be reached, people are signed out here alone";

/** Where the provider sends the browser back to. */
export function logoutReturn(exchange: Exchange, loginPath: string): string {
  return `${exchange.base.url(loginPath)}?logged_out=1`;
}
