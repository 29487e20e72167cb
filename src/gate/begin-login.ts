/**
 * `GET /auth/login`: makes one login's state, seals its secrets into a login cookie and sends the browser to the provider.
 * Begins on the `public_url` host, or the cookie would be set where the callback never sees it (S46).
 */
import { GateError } from "../base/errors.ts";
import { randomToken } from "../base/secret.ts";
import { type Exchange, headerOf } from "../http/exchange.ts";
import { cookieFields, redirectReply } from "../http/reply.ts";
import { nextTargetOf } from "./next-target.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { providerFailure } from "./provider-failure.ts";
import { queryValue } from "./query.ts";
import type { Handler } from "./routes.ts";
import { replyWith } from "./verdict.ts";

/** Marks, in its `state`, a login that the gate restarted by itself: it is not restarted again (S35). */
export const restartMark = "r.";

export function createBeginLogin(parts: GateParts): Handler {
  const { settings, registry, loginStates, runtime, audit } = parts;
  const own = ownPaths(settings.gateBase);

  return async (exchange) => {
    if (settings.insecure) throw new GateError("no_provider");
    const { query } = exchange.target;
    const provider = registry.find(queryValue(query, "provider") ?? "");
    if (provider === undefined) throw new GateError("unknown_provider");
    const canonical = canonicalHref(exchange);
    if (canonical !== undefined) return replyWith(redirectReply(302, canonical), "own");

    const restarted = queryValue(query, "restarted") === "1";
    const state = (restarted ? restartMark : "") + randomToken(runtime);
    const redirectUri = exchange.base.url(own.callback);
    const start = await provider.startLogin({ redirectUri, state }).catch((error: unknown) => {
      throw providerFailure(parts, exchange, provider.name, error);
    });
    const cookies = await loginStates.begin(exchange, {
      provider: provider.name,
      secrets: start.secrets,
      next: nextTargetOf(queryValue(query, "next"), settings, exchange.base) ?? "",
      startedAt: runtime.now(),
      restarted,
    });
    audit("login_start", exchange, { provider: provider.name });
    return replyWith(redirectReply(302, start.url, cookieFields(cookies)), "own");
  };

  /** The same request on the `public_url` host, once, when it was made on another (S46). */
  function canonicalHref(exchange: Exchange): string | undefined {
    const { publicUrl } = settings;
    if (publicUrl === undefined || queryValue(exchange.target.query, "canonical") !== undefined)
      return undefined;
    const forwardedHost = exchange.peerTrusted ? headerOf(exchange, "x-forwarded-host") : undefined;
    if (exchange.peerTrusted && forwardedHost === undefined) return undefined;
    const asked = (forwardedHost ?? headerOf(exchange, "host") ?? "").toLowerCase();
    if (asked === publicUrl.host) return undefined;
    return `${publicUrl.url(own.beginLogin)}?${exchange.target.query}&canonical=1`;
  }
}
