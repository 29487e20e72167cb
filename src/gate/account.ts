/** `GET /auth/account`: who is signed in, and a form to sign out. Usable by an account that `allow` does not admit. */
import { accountPage } from "../views/account.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import type { Refusals } from "./refuse.ts";
import type { Handler } from "./routes.ts";
import { replyWith } from "./verdict.ts";
import { withSession } from "./with-session.ts";

export function createAccountPage(
  { settings, registry, sessions }: Pick<GateParts, "settings" | "registry" | "sessions">,
  refusals: Refusals,
): Handler {
  const own = ownPaths(settings.gateBase);
  return (exchange) => {
    if (settings.insecure) return refusals.unauthenticated(exchange);
    return withSession(sessions, refusals, exchange, ({ session, cookies }) => {
      const page = accountPage({
        identity: session.identity,
        providerName: registry.find(session.provider)?.displayName ?? session.provider,
        homeHref: exchange.base.href("/"),
        logoutAction: exchange.base.href(own.logout),
        headers: cookies(),
      });
      return replyWith(page, "own");
    });
  };
}
