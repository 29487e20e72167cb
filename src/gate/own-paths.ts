/**
 * The gate's own paths, with `gate_base` before them. Matched exactly and never by prefix: `/loginfoo` is the dashboard's
 * (contract 2, S2).
 */

export interface OwnPaths {
  readonly login: string;
  readonly beginLogin: string;
  readonly callback: string;
  readonly logout: string;
  readonly providers: string;
  readonly me: string;
  readonly wsTicket: string;
  readonly status: string;
  readonly account: string;
  readonly client: string;
  readonly verify: string;
  /** An own path only where identities are signed. */
  readonly jwks: string;
}

/** The own paths under `gateBase`, without the prefix of the public base. */
export function ownPaths(gateBase: string): OwnPaths {
  return {
    login: `${gateBase}/login`,
    beginLogin: `${gateBase}/auth/login`,
    callback: `${gateBase}/auth/callback`,
    logout: `${gateBase}/auth/logout`,
    providers: `${gateBase}/api/auth/providers`,
    me: `${gateBase}/api/auth/me`,
    wsTicket: `${gateBase}/api/auth/ws-ticket`,
    status: `${gateBase}/api/auth/status`,
    account: `${gateBase}/auth/account`,
    client: `${gateBase}/auth/client.js`,
    verify: `${gateBase}/auth/verify`,
    jwks: `${gateBase}/auth/jwks.json`,
  };
}

/** Whether the path, without prefix, is one of the gate's own. */
export function isOwnPath(path: string, gateBase: string): boolean {
  return Object.values(ownPaths(gateBase)).includes(path);
}
