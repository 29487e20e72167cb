/**
 * The page for a login that failed: the catalogue's sentence, a "Try again" link that keeps `next`, the request id. The
 * provider's own text comes with the LoginRefused of a redeemed answer alone, whose state has matched (S48).
 */
import type { GateError } from "../base/errors.ts";
import { errorCatalogue } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { HeaderField, Reply } from "../http/reply.ts";
import { LoginRefused } from "../provider/contract.ts";
import { errorPage } from "../views/error.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { retryAfter } from "./retry-after.ts";

/** What a new attempt keeps of the one that failed. */
export interface Again {
  /** Absent leads to the login page. */
  readonly provider?: string;
  /** Judged already; `""` and undefined are the base. */
  readonly next?: string | undefined;
}

export type LoginFailurePage = (
  exchange: Exchange,
  failure: GateError,
  again?: Again,
  headers?: readonly HeaderField[],
) => Reply;

export function createLoginFailurePage({
  settings,
}: Pick<GateParts, "settings">): LoginFailurePage {
  const own = ownPaths(settings.gateBase);

  function tryAgainHref({ base }: Exchange, { provider, next }: Again): string {
    const path = base.href(provider === undefined ? own.login : own.beginLogin);
    const query = new URLSearchParams({ ...(provider !== undefined && { provider }) });
    if (next) query.set("next", next);
    return query.size === 0 ? path : `${path}?${query}`;
  }

  return (exchange, failure, again = {}, headers = []) => {
    const { status, text } = errorCatalogue[failure.code];
    const refused = failure.cause instanceof LoginRefused ? failure.cause : undefined;
    const providerText = refused?.providerText ?? refused?.providerCode;
    return errorPage({
      status,
      sentence: text,
      requestId: exchange.id,
      headers: [...headers, ...retryAfter(failure.code)],
      tryAgainHref: tryAgainHref(exchange, again),
      ...(providerText !== undefined && { providerText }),
    });
  };
}
