/**
 * Logins under way (S42, S43): what one login needs at its callback waits sealed in a cookie of its own, named after its
 * state, so that two tabs do not overwrite each other. At most five a browser; the oldest goes.
 */

import { GateError } from "../base/errors.ts";
import { isRecord } from "../base/record.ts";
import type { Runtime } from "../base/runtime.ts";
import { hashFields, secretsEqual } from "../base/secret.ts";
import { cookieNames, cookieValues, isCookieName } from "../http/cookie.ts";
import type { Exchange } from "../http/exchange.ts";
import type { LoginSecrets } from "../provider/contract.ts";
import {
  type CookieKind,
  createCookieTable,
  deleteCookie,
  maxCookieLength,
  setCookie,
} from "./cookie-table.ts";
import type { Sealer } from "./seal.ts";
import { loginSeconds, type SessionMemory } from "./session-memory.ts";

export interface LoginState {
  readonly provider: string;
  readonly secrets: LoginSecrets;
  /** Where the login lands, judged already; `""` for the base. */
  readonly next: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export interface LoginStates {
  /** The Set-Cookie values that remember the login and drop the oldest beyond five. Fails with GateError when it does not fit a cookie. */
  begin(exchange: Exchange, login: LoginState): Promise<readonly string[]>;
  /** The login of this state, undefined when no cookie came that opens, is of this state and is under 600 s old. */
  open(exchange: Exchange, state: string): Promise<LoginState | undefined>;
  /** The Set-Cookie values that delete the cookie of this state, in the variants that came. */
  clear(exchange: Exchange, state: string): readonly string[];
  /** The Set-Cookie values that delete every login cookie that came (S92). */
  clearAll(exchange: Exchange): readonly string[];
  /** True the first time for a state; false for 600 s after. Never fails. */
  claim(state: string): Promise<boolean>;
  /** Whether any login cookie came (S35). */
  anyLoginCookie(exchange: Exchange): boolean;
}

export interface LoginStateOptions {
  readonly stem: string;
  readonly sealer: Sealer;
  readonly runtime: Runtime;
  readonly memory: Pick<SessionMemory, "claimLogin">;
}

const maxLogins = 5;
/** Login cookies that are looked at in one request: more than a browser keeps, and each costs a search of the whole header. */
const maxSeen = 200;
/** Ends the time that stands before the sealed value, in clear: it only says which cookie is the oldest. */
const mark = "~";

export function createLoginStates(options: LoginStateOptions): LoginStates {
  const { stem, sealer, runtime, memory } = options;
  const table = createCookieTable(stem);
  const purpose = table.purpose("pkce");

  const kindOf = (state: string): CookieKind => `pkce_${hashFields("login", state).slice(0, 16)}`;

  /** Those that can be deleted: a planted name that is no token stays, and may not keep a login from its beginning. */
  function loginCookies({ cookieHeader }: Exchange): readonly string[] {
    const names = cookieNames(cookieHeader).filter(table.isLoginCookie);
    return [...new Set(names)].filter(isCookieName).slice(0, maxSeen);
  }

  /** The names to drop so that one more makes five at most. */
  function surplus(exchange: Exchange, own: string): readonly string[] {
    const others = loginCookies(exchange).filter((name) => name !== own);
    const byAge = others
      .map((name) => ({ name, startedAt: claimedStart(exchange.cookieHeader, name) }))
      .toSorted((a, b) => a.startedAt - b.startedAt);
    return byAge.slice(0, Math.max(0, others.length + 1 - maxLogins)).map(({ name }) => name);
  }

  return {
    async begin(exchange, login) {
      const { base } = exchange;
      const name = table.nameFor(base, kindOf(login.secrets.state));
      const value = `${login.startedAt.toString(36)}${mark}${await sealer.seal(purpose, login)}`;
      const cookie = setCookie(base, name, value, loginSeconds);
      if (cookie.length > maxCookieLength) {
        const facts = { cookie: purpose, bytes: cookie.length, limit: maxCookieLength };
        throw new GateError("internal", facts);
      }
      return [cookie, ...surplus(exchange, name).map((old) => deleteCookie(base, old))];
    },
    async open({ base, cookieHeader }, state) {
      const names = table.readNames(base.scheme, kindOf(state));
      const values = names.flatMap((name) => cookieValues(cookieHeader, name));
      for (const value of values.slice(0, maxLogins)) {
        const login = asLoginState(
          await sealer.open(purpose, value.slice(value.indexOf(mark) + 1)),
        );
        if (login === undefined || !secretsEqual(login.secrets.state, state)) continue;
        const age = runtime.now() - login.startedAt;
        if (age < loginSeconds * 1000) return login;
      }
      return undefined;
    },
    clear(exchange, state) {
      const names = new Set(table.allNames(kindOf(state)));
      const came = loginCookies(exchange).filter((name) => names.has(name));
      return came.map((name) => deleteCookie(exchange.base, name));
    },
    clearAll(exchange) {
      return loginCookies(exchange).map((name) => deleteCookie(exchange.base, name));
    },
    claim: memory.claimLogin,
    anyLoginCookie: (exchange) => loginCookies(exchange).length > 0,
  };
}

/** The start as the cookie says it in clear, 0 when it says none. */
function claimedStart(header: string, name: string): number {
  const [value = ""] = cookieValues(header, name);
  const time = Number.parseInt(value.slice(0, value.indexOf(mark)), 36);
  return Number.isNaN(time) ? 0 : time;
}

function asLoginState(value: unknown): LoginState | undefined {
  return isLoginState(value) ? value : undefined;
}

function isLoginState(value: unknown): value is LoginState {
  if (!isRecord(value) || !isRecord(value["secrets"])) return false;
  return (
    typeof value["provider"] === "string" &&
    typeof value["next"] === "string" &&
    typeof value["startedAt"] === "number" &&
    typeof value["secrets"]["state"] === "string"
  );
}
