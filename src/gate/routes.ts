/**
 * The table of own paths: path, methods, handler. `GET` includes `HEAD`, except at begin and callback, where a link checker's
 * HEAD would start or spend a login. A POST passes the same-origin check before its handler sees it (S41, S69, S77).
 */
import { GateError } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { withHeaders } from "../http/reply.ts";
import { isSameOrigin } from "../http/same-origin.ts";
import { createAccountPage } from "./account.ts";
import { createBeginLogin } from "./begin-login.ts";
import { createCallback } from "./callback.ts";
import { createClientModule } from "./client-module.ts";
import type { Handler, HandlerGuards } from "./handler.ts";
import { createKeySet } from "./key-set.ts";
import { createLoginForm } from "./login-form.ts";
import { createLogout } from "./logout.ts";
import { createMintTicket } from "./mint-ticket.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { createProviderList } from "./provider-list.ts";
import { createStatus } from "./status.ts";
import { type ReplyVerdict, replyWith } from "./verdict.ts";
import { createVerify } from "./verify.ts";
import { createWhoAmI } from "./who-am-i.ts";

interface Route {
  readonly method: "GET" | "POST";
  readonly handler: Handler;
  /** HEAD is answered like GET, without the body. */
  readonly head: boolean;
}

/** The verdict on an own path, undefined when the path is not one. */
export type OwnRoute = (exchange: Exchange) => ReplyVerdict | Promise<ReplyVerdict> | undefined;

export function createRoutes(parts: GateParts, guards: HandlerGuards): OwnRoute {
  const { refusals } = guards;
  const { maxBodyBytes } = parts.settings;
  const own = ownPaths(parts.settings.gateBase);
  const page = (handler: Handler): Route => ({ method: "GET", handler, head: true });
  const step = (handler: Handler): Route => ({ method: "GET", handler, head: false });
  const action = (handler: Handler): Route => ({ method: "POST", handler, head: false });
  const routes = new Map<string, Route>([
    [own.login, page(createLoginForm(parts))],
    [own.beginLogin, step(createBeginLogin(parts))],
    [own.callback, step(createCallback(parts))],
    [own.logout, action(createLogout(parts))],
    [own.providers, page(createProviderList(parts))],
    [own.me, page(createWhoAmI(parts, guards))],
    [own.wsTicket, action(createMintTicket(parts, refusals))],
    [own.status, page(createStatus(parts))],
    [own.account, page(createAccountPage(parts, refusals))],
    [own.client, page(createClientModule())],
    [own.verify, page(createVerify(parts, guards))],
  ]);
  if (parts.jwks !== undefined) routes.set(own.jwks, page(createKeySet(parts.jwks)));

  return function ownRoute(exchange) {
    const route = routes.get(exchange.target.path);
    if (route === undefined) return undefined;
    if (!accepts(route, exchange.method)) {
      const refusal = refusals.ofError(exchange, new GateError("method_not_allowed"));
      return replyWith(withHeaders(refusal, [["Allow", allowed(route)]]), "refused");
    }
    if (declaredLength(exchange) > maxBodyBytes) {
      return replyWith(refusals.ofError(exchange, new GateError("body_too_large")), "refused");
    }
    if (route.method === "POST" && !isSameOrigin(exchange)) {
      return replyWith(refusals.ofError(exchange, new GateError("cross_site_request")), "refused");
    }
    return route.handler(exchange);
  };
}

/** 0 where none is declared: of such a body nothing is read (S88). */
function declaredLength({ headers }: Exchange): number {
  return Number(headers["content-length"] ?? 0);
}

function accepts(route: Route, method: string): boolean {
  return method === route.method || (route.head && method === "HEAD");
}

function allowed(route: Route): string {
  return route.head ? `${route.method}, HEAD` : route.method;
}
