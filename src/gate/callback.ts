/**
 * `GET /auth/callback`: the provider's answer. Local and cheap checks first: the login cookie opens, the state is its own and
 * unused; then the cookie is deleted, and only then is the code redeemed (S36, S43, S44). The landing comes from the login
 * cookie alone, never from this request's query (S29).
 */
import { GateError } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { cookieFields, redirectReply } from "../http/reply.ts";
import type { Provider } from "../provider/contract.ts";
import type { LoginState } from "../session/login-state.ts";
import { restartMark } from "./begin-login.ts";
import { type CallbackParams, readCallback } from "./callback-params.ts";
import type { Handler } from "./handler.ts";
import { createRefuseLogin } from "./login-failure.ts";
import { landing } from "./next-target.ts";
import { ownPaths } from "./own-paths.ts";
import type { GateParts } from "./parts.ts";
import { providerFailure } from "./provider-failure.ts";
import { type ReplyVerdict, replyWith } from "./verdict.ts";

export function createCallback(parts: GateParts): Handler {
  const { settings, registry, loginStates, sessions, audit, log } = parts;
  const own = ownPaths(settings.gateBase);
  const refuse = createRefuseLogin(parts);

  return async (exchange) => {
    const answer = readCallback(exchange.target.query);
    if (answer === undefined) return refuse(exchange, new GateError("login_malformed"));
    const login = await loginStates.open(exchange, answer.state);
    if (login === undefined) return withoutLogin(exchange, answer);
    const provider = registry.find(login.provider);
    if (provider === undefined) {
      return refuse(exchange, new GateError("unknown_provider"), { next: login.next });
    }
    if (!(await loginStates.claim(answer.state))) return replayed(exchange, login);
    return redeem(exchange, answer, login, provider);
  };

  async function redeem(
    exchange: Exchange,
    answer: CallbackParams,
    login: LoginState,
    provider: Provider,
  ): Promise<ReplyVerdict> {
    const cleared = cookieFields(loginStates.clear(exchange, answer.state));
    const redirectUri = exchange.base.url(own.callback);
    try {
      const { params } = answer;
      const grant = await provider.completeLogin({ params, secrets: login.secrets, redirectUri });
      const { session, cookies } = await sessions.start(exchange, provider.name, grant);
      const { userId, email } = session.identity;
      audit("login_success", exchange, { provider: provider.name, user_id: userId, email });
      const location = landing(login.next, exchange.base);
      return replyWith(redirectReply(302, location, [...cookieFields(cookies), ...cleared]), "own");
    } catch (error) {
      const failure = explain(exchange, provider.name, error);
      return refuse(exchange, failure, login, cleared);
    }
  }

  /** The error for the page, and for the operator its line in the log. */
  function explain(exchange: Exchange, provider: string, error: unknown): GateError {
    if (!(error instanceof GateError)) return providerFailure(parts, exchange, provider, error);
    log.warn({ request_id: exchange.id, provider, ...error.facts }, error.message);
    return error;
  }

  /** The second arrival of one answer, from this browser or another: never a second token call. */
  async function replayed(exchange: Exchange, login: LoginState): Promise<ReplyVerdict> {
    if (await signedIn(exchange)) {
      return replyWith(redirectReply(302, landing(login.next, exchange.base)), "own");
    }
    return refuse(exchange, new GateError("login_replayed"), login);
  }

  /** No cookie for this state: somebody else's login, a late one, or a second tab's. Redeems nothing (S44). */
  async function withoutLogin(exchange: Exchange, answer: CallbackParams): Promise<ReplyVerdict> {
    const gateCookieCame =
      loginStates.anyLoginCookie(exchange) || sessions.anySessionCookie(exchange);
    if (await signedIn(exchange)) {
      return replyWith(redirectReply(302, landing("", exchange.base)), "own");
    }
    const only = registry.providers.length === 1 ? registry.providers[0] : undefined;
    if (gateCookieCame && only !== undefined && !answer.state.startsWith(restartMark)) {
      const query = new URLSearchParams({ provider: only.name, restarted: "1" });
      return replyWith(redirectReply(302, `${exchange.base.href(own.beginLogin)}?${query}`), "own");
    }
    return refuse(exchange, new GateError("login_expired"));
  }

  async function signedIn(exchange: Exchange): Promise<boolean> {
    return (await sessions.peek(exchange)) !== undefined;
  }
}
