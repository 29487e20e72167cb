/**
 * The end of a login that failed: the audit's line, and a page with the catalogue's sentence, a "Try again" link that keeps
 * `next`, and the request id. The provider's own text comes with the LoginRefused of a redeemed answer alone, whose state has
 * matched (S48).
 */
import type { GateError } from "../base/errors.ts";
import { errorCatalogue } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { HeaderField } from "../http/reply.ts";
import { LoginRefused } from "../provider/contract.ts";
import { errorPage } from "../views/error.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { retryAfter } from "./retry-after.ts";
import { type ReplyVerdict, replyWith } from "./verdict.ts";

/** What a new attempt keeps of the one that failed. */
export interface Again {
  /** Absent leads to the login page. */
  readonly provider?: string;
  /** Judged already; `""` and undefined are the base. */
  readonly next?: string | undefined;
}

/** Refuses the login: the page, and the audit's line. `headers` go on the page. */
export type RefuseLogin = (
  exchange: Exchange,
  failure: GateError,
  again?: Again,
  headers?: readonly HeaderField[],
) => ReplyVerdict;

export function createRefuseLogin({
  settings,
  audit,
}: Pick<GateParts, "settings" | "audit">): RefuseLogin {
  const own = ownPaths(settings.gateBase);

  function tryAgainHref({ base }: Exchange, { provider, next }: Again): string {
    const path = base.href(provider === undefined ? own.login : own.beginLogin);
    const query = new URLSearchParams({ ...(provider !== undefined && { provider }) });
    if (next) query.set("next", next);
    return query.size === 0 ? path : `${path}?${query}`;
  }

  return (exchange, failure, again = {}, headers = []) => {
    audit("login_failure", exchange, { provider: again.provider, error: failure.code });
    const { status, text } = errorCatalogue[failure.code];
    const refused = failure.cause instanceof LoginRefused ? failure.cause : undefined;
    const providerText = refused?.providerText ?? refused?.providerCode;
    const page = errorPage({
      status,
      sentence: text,
      requestId: exchange.id,
      headers: [...headers, ...retryAfter(failure.code)],
      tryAgainHref: tryAgainHref(exchange, again),
      ...(providerText !== undefined && { providerText }),
    });
    return replyWith(page, "refused");
  };
}
