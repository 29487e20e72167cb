/**
 * A real OpenID provider (`oidc-provider`) for the demo and for the tests: rotating refresh tokens, a replay of which
 * revokes the whole family, short access tokens, end-session, revocation, the `iss` parameter. It can go down and come
 * back on its own port, and its accounts and answers can be changed while it runs.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Context } from "oidc-provider";
import { interact, sendHtml } from "./idp-interaction.ts";
import { errorPage } from "./idp-pages.ts";
import { createProvider, defaultAccounts, type IdpAccount, type IdpOptions } from "./idp-setup.ts";
import { createIdpStore } from "./idp-store.ts";

export { confidentialClient, publicClient } from "./idp-setup.ts";

/** What the token endpoint answers in its stead: to show what an outage or a broken provider does. */
export interface TokenFault {
  readonly status: number;
  /** JSON body. Default an empty object. */
  readonly body?: unknown;
}

export interface TokenCalls {
  readonly refreshToken: number;
  readonly total: number;
}

export interface Idp {
  readonly issuer: string;
  /** By the name that is typed at sign-in. Changes hold from the next token on. */
  readonly accounts: Map<string, IdpAccount>;
  /** Lets clients ask for this redirect URI from here on. */
  allowRedirect(uri: string): void;
  /** Lets a logout lead back to this URI from here on. */
  allowPostLogout(uri: string): void;
  /**
   * POSTs that reached the token endpoint: those for a refresh, and all, answers by `failTokenCalls` too. Other processes find
   * them at `/token-calls`.
   */
  tokenCalls(): TokenCalls;
  /** Revokes everything that was granted to the account with this `sub`, or to all. */
  revokeGrants(sub?: string): void;
  /** Answers token calls with this until called with nothing. */
  failTokenCalls(fault?: TokenFault): void;
  /** Keeps token calls waiting from here on, until what this returns is called. */
  holdTokenCalls(): () => void;
  /** Outage: the port is closed and every connection cut, with `drain` only once what it carries was answered. */
  stop(how?: { readonly drain?: boolean }): Promise<void>;
  /** Ends the outage, on the same port, with everything remembered. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the provider. Fails with the listen error when the port is taken. */
export async function startIdp(options: IdpOptions = {}): Promise<Idp> {
  const host = "127.0.0.1";
  const accounts = defaultAccounts();
  const store = createIdpStore();
  const redirects = new Set<string>();
  const postLogouts = new Set<string>();
  const calls = { refreshToken: 0, total: 0 };
  let fault: TokenFault | undefined;
  let held: Promise<void> | undefined;
  let handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;

  const server = createServer((request, response) => {
    if (request.url === "/token-calls") return sendJson(response, 200, calls);
    if (fault !== undefined && request.url === "/token") {
      calls.total += 1;
      request.resume();
      sendJson(response, fault.status, fault.body ?? {});
      return;
    }
    const waiting = request.url === "/token" ? held : undefined;
    const handled = waiting?.then(() => handle(request, response)) ?? handle(request, response);
    handled.catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendHtml(response, 400, errorPage("The sign-in cannot go on", String(error)));
    });
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, options.bind ?? host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  await listen(options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://${host}:${port}`;

  const provider = await createProvider(issuer, options, accounts, store);
  provider.Client.prototype.redirectUriAllowed = (uri) => redirects.has(uri);
  provider.Client.prototype.postLogoutRedirectUriAllowed = (uri) => postLogouts.has(uri);
  provider.use(async (context, next) => {
    await next();
    if (options.onSecret !== undefined) tellSecrets(context, options.onSecret);
    if (context.oidc?.route !== "token") return;
    calls.total += 1;
    if (context.oidc.body?.grant_type === "refresh_token") calls.refreshToken += 1;
  });
  const callback = provider.callback();
  handle = (request, response) =>
    request.url?.startsWith("/interaction/")
      ? interact(provider, accounts, request, response)
      : callback(request, response);

  const stop = ({ drain = false } = {}) =>
    new Promise<void>((resolve) => {
      const sweep = setInterval(() => server.closeIdleConnections(), 20);
      server.close(() => {
        clearInterval(sweep);
        resolve();
      });
      if (!drain) server.closeAllConnections();
    });
  return {
    issuer,
    accounts,
    allowRedirect: (uri) => void redirects.add(uri),
    allowPostLogout: (uri) => void postLogouts.add(uri),
    tokenCalls: () => ({ ...calls }),
    revokeGrants: (sub) => store.revoke(sub),
    failTokenCalls: (next) => {
      fault = next;
    },
    holdTokenCalls: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return () => {
        held = undefined;
        resolve();
      };
    },
    stop,
    start: () => listen(port),
    close: () => stop(),
  };
}

const secretNames = [
  ...["code", "state", "nonce", "code_verifier", "client_secret", "id_token_hint"],
  ...["access_token", "refresh_token", "id_token", "token"],
];

/** The secrets of one answered request: in its query, its form, its JSON answer and the address that it redirects to. */
function tellSecrets(
  { query, oidc, body, response }: Context,
  tell: (name: string, value: string) => void,
): void {
  const location = response.get("location");
  const redirect = URL.canParse(location) ? new URL(location).searchParams : [];
  const json = typeof body === "object" && body !== null ? body : {};
  for (const part of [query, oidc?.body ?? {}, json, Object.fromEntries(redirect)]) {
    for (const [name, value] of Object.entries(part)) {
      if (secretNames.includes(name) && typeof value === "string") tell(name, value);
    }
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
