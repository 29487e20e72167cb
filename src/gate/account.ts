/** `GET /auth/account`: who is signed in, and a form to sign out. Usable by an account that `allow` does not admit. */
import { accountPage } from "../views/account.ts";
import type { Handler } from "./handler.ts";
import { rotatedCookies } from "./live-session.ts";
import { createLogoutTargets } from "./logout-targets.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import type { Refusals } from "./refuse.ts";
import { replyWith } from "./verdict.ts";
import { withSession } from "./with-session.ts";

export function createAccountPage(
  parts: Pick<GateParts, "settings" | "registry" | "sessions" | "log">,
  refusals: Refusals,
): Handler {
  const { settings, registry, sessions } = parts;
  const logoutTargets = createLogoutTargets(parts);
  const own = ownPaths(settings.gateBase);
  return (exchange) => {
    if (settings.insecure) return refusals.unauthenticated(exchange);
    return withSession(sessions, refusals, exchange, async (live) => {
      const { session } = live;
      const page = accountPage({
        identity: session.identity,
        providerName: registry.find(session.provider)?.displayName ?? session.provider,
        homeHref: exchange.base.href("/"),
        logoutAction: exchange.base.href(own.logout),
        formTargets: await logoutTargets(exchange, session.provider),
        headers: rotatedCookies(live),
      });
      return replyWith(page, "own");
    });
  };
}
