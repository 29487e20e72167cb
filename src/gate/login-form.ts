/** `GET /login`: one link a provider, each carrying the validated `next`. No script, no state, no cookie. */
import type { Exchange } from "../http/exchange.ts";
import { redirectReply } from "../http/reply.ts";
import { loginPage } from "../views/login.ts";
import type { Handler } from "./handler.ts";
import { nextTargetOf } from "./next-target.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { queryValue } from "./query.ts";
import { replyWith } from "./verdict.ts";

export function createLoginForm({
  settings,
  registry,
}: Pick<GateParts, "settings" | "registry">): Handler {
  const own = ownPaths(settings.gateBase);
  const providers = settings.insecure ? [] : registry.providers;

  function beginHref(exchange: Exchange, provider: string): string {
    const next = nextTargetOf(queryValue(exchange.target.query, "next"), settings, exchange.base);
    const query = new URLSearchParams({ provider, ...(next !== undefined && { next }) });
    return `${exchange.base.href(own.beginLogin)}?${query}`;
  }

  return (exchange) => {
    const loggedOut = queryValue(exchange.target.query, "logged_out") !== undefined;
    const only = providers.length === 1 ? providers[0] : undefined;
    if (settings.login.autoRedirect && only !== undefined && !loggedOut) {
      return replyWith(redirectReply(302, beginHref(exchange, only.name)), "own");
    }
    const links = providers.map((provider) => ({
      name: provider.name,
      displayName: provider.displayName,
      href: beginHref(exchange, provider.name),
    }));
    return replyWith(
      loginPage({ title: settings.login.title, loggedOut, providers: links }),
      "own",
    );
  };
}
