/**
 * The page for a login that failed: the catalogue's sentence, a "Try again" link that keeps `next`, the request id. The
 * provider's own text only once the state has matched, which is when there is a login to show it for (S48).
 */
import type { GateError } from "../base/errors.ts";
import { errorCatalogue } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import type { HeaderField, Reply } from "../http/reply.ts";
import { LoginRefused } from "../provider/contract.ts";
import type { LoginState } from "../session/login-state.ts";
import { errorPage } from "../views/error.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";

export type LoginFailurePage = (
  exchange: Exchange,
  failure: GateError,
  login?: LoginState,
  headers?: readonly HeaderField[],
) => Reply;

export function createLoginFailurePage({
  settings,
}: Pick<GateParts, "settings">): LoginFailurePage {
  const own = ownPaths(settings.gateBase);

  function tryAgainHref(exchange: Exchange, login: LoginState | undefined): string {
    if (login === undefined) return exchange.base.href(own.login);
    const next = login.next === "" ? {} : { next: login.next };
    const query = new URLSearchParams({ provider: login.provider, ...next });
    return `${exchange.base.href(own.beginLogin)}?${query}`;
  }

  return (exchange, failure, login, headers = []) => {
    const { status, text } = errorCatalogue[failure.code];
    const refused = failure.cause instanceof LoginRefused ? failure.cause : undefined;
    const retry: HeaderField[] = status === 503 ? [["Retry-After", "5"]] : [];
    const providerText = refused?.providerText ?? refused?.providerCode;
    return errorPage({
      status,
      sentence: text,
      requestId: exchange.id,
      headers: [...headers, ...retry],
      tryAgainHref: tryAgainHref(exchange, login),
      ...(providerText !== undefined && { providerText }),
    });
  };
}
