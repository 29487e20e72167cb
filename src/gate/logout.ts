/**
 * `POST /auth/logout`: ends the session here first, then revokes its refresh token at the provider that gave it, for which the
 * browser does not wait (S68, S70). The session is read before its cookies are cleared.
 */
import type { Exchange } from "../http/exchange.ts";
import { isPageNavigation } from "../http/navigation.ts";
import { cookieFields, jsonReply, redirectReply } from "../http/reply.ts";
import type { Session } from "../session/session.ts";
import type { Handler } from "./handler.ts";
import { logoutReturn, signOutUnknown } from "./logout-targets.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { replyWith } from "./verdict.ts";

export function createLogout(parts: GateParts): Handler {
  const { settings, registry, sessions, audit, log } = parts;
  const own = ownPaths(settings.gateBase);

  async function endSession(exchange: Exchange, session: Session): Promise<void> {
    await sessions.end(session);
    audit("logout", exchange, { provider: session.provider, user_id: session.identity.userId });
  }

  function revoke(exchange: Exchange, session: Session): void {
    const provider = registry.find(session.provider);
    if (session.refreshToken === undefined || provider?.revoke === undefined) return;
    const fields = { provider: session.provider, user_id: session.identity.userId };
    provider.revoke(session.refreshToken).then(
      () => audit("revoke", exchange, { ...fields, result: "ok" }),
      (err: unknown) => {
        audit("revoke", exchange, { ...fields, result: "failed" });
        log.warn({ request_id: exchange.id, err }, "the refresh token could not be revoked");
      },
    );
  }

  async function providerLogout(exchange: Exchange, session: Session): Promise<string | undefined> {
    if (!settings.login.idpLogout) return undefined;
    const returnTo = logoutReturn(exchange, own.login);
    const hint = session.idToken === undefined ? {} : { idToken: session.idToken };
    try {
      return await registry.find(session.provider)?.endSessionUrl?.({ ...hint, returnTo });
    } catch (err) {
      log.warn({ request_id: exchange.id, provider: session.provider, err }, signOutUnknown);
      return undefined;
    }
  }

  return async (exchange) => {
    const session = await sessions.peek(exchange);
    const cookies = cookieFields(sessions.clear(exchange));
    let destination = `${exchange.base.href(own.login)}?logged_out=1`;
    if (session !== undefined) {
      await endSession(exchange, session);
      revoke(exchange, session);
      destination = (await providerLogout(exchange, session)) ?? destination;
    }
    if (isPageNavigation(exchange, [])) {
      return replyWith(redirectReply(302, destination, cookies), "own");
    }
    return replyWith(jsonReply(200, { logged_out: true, location: destination }, cookies), "own");
  };
}
