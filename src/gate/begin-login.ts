/**
 * `GET /auth/login`: makes one login's state, seals its secrets into a login cookie and sends the browser to the provider.
 * Begins on the `public_url` host, or the cookie would be set where the callback never sees it (S46).
 */
import { GateError } from "../base/errors.ts";
import { randomToken } from "../base/secret.ts";
import { type Exchange, headerOf } from "../http/exchange.ts";
import { forwardedFacts } from "../http/forwarded.ts";
import { parseHost } from "../http/host.ts";
import { cookieFields, redirectReply } from "../http/reply.ts";
import { withoutDefaultPort } from "../http/target.ts";
import type { LoginStart, Provider } from "../provider/contract.ts";
import type { Handler } from "./handler.ts";
import { createRefuseLogin } from "./login-failure.ts";
import { type NextTarget, nextTargetOf } from "./next-target.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { providerFailure } from "./provider-failure.ts";
import { queryValue } from "./query.ts";
import { type ReplyVerdict, replyWith } from "./verdict.ts";

/** Marks, in its `state`, a login that the gate restarted by itself: it is not restarted again (S35). */
export const restartMark = "r.";

export function createBeginLogin(parts: GateParts): Handler {
  const { settings, registry, loginStates, runtime, audit } = parts;
  const own = ownPaths(settings.gateBase);
  const refuse = createRefuseLogin(parts);

  return async (exchange) => {
    const { query } = exchange.target;
    const next = nextTargetOf(queryValue(query, "next"), settings, exchange.base);
    if (settings.insecure) return refuse(exchange, new GateError("no_provider"), { next });
    const provider = registry.find(queryValue(query, "provider") ?? "");
    if (provider === undefined) {
      return refuse(exchange, new GateError("unknown_provider"), { next });
    }
    const canonical = canonicalHref(exchange);
    if (canonical !== undefined) return replyWith(redirectReply(302, canonical), "own");
    return begin(exchange, provider, next);
  };

  async function begin(
    exchange: Exchange,
    provider: Provider,
    next: NextTarget | undefined,
  ): Promise<ReplyVerdict> {
    const restarted = queryValue(exchange.target.query, "restarted") === "1";
    const state = (restarted ? restartMark : "") + randomToken(runtime);
    const redirectUri = exchange.base.url(own.callback);
    let start: LoginStart;
    try {
      start = await provider.startLogin({ redirectUri, state });
    } catch (error) {
      const failure = providerFailure(parts, exchange, provider.name, error);
      return refuse(exchange, failure, { provider: provider.name, next });
    }
    const cookies = await loginStates.begin(exchange, {
      provider: provider.name,
      secrets: start.secrets,
      next: next ?? "",
      startedAt: runtime.now(),
    });
    audit("login_start", exchange, { provider: provider.name });
    return replyWith(redirectReply(302, start.url, cookieFields(cookies)), "own");
  }

  /** The same request on the `public_url` host, once, when it was made on another (S46). */
  function canonicalHref(exchange: Exchange): string | undefined {
    const { publicUrl } = settings;
    const { query } = exchange.target;
    if (publicUrl === undefined || queryValue(query, "canonical") !== undefined) return undefined;
    const asked = askedHost(exchange);
    if (asked === undefined || withoutDefaultPort(publicUrl.scheme, asked) === publicUrl.host) {
      return undefined;
    }
    return `${publicUrl.url(own.beginLogin)}?${query}&canonical=1`;
  }
}

/** The host that the browser asked; undefined when only a trusted proxy could tell, and does not. */
function askedHost(exchange: Exchange): string | undefined {
  if (exchange.peerTrusted) return forwardedFacts(exchange.headers).host;
  return parseHost(headerOf(exchange, "host") ?? "");
}
