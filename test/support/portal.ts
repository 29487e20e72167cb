/**
 * A stand-in for the Nous Portal on a real port, with real RS256 keys: single-use codes bound to PKCE and redirect URI,
 * rotating refresh tokens whose replay kills the family, and the refresh token wanted in body and header.
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

export interface Portal {
  readonly origin: string;
  readonly clientId: string;
  /** Who signs in next: the `sub` of its tokens. */
  user: string;
  /** Merged into the claims of access tokens; `undefined` removes one. */
  claims: Record<string, unknown>;
  /** Merged into token answers. */
  answer: Record<string, unknown>;
  /** Answers token calls with this while set. */
  fault: { readonly status: number; readonly body?: unknown } | undefined;
  tokenCalls(): number;
  keyFetches(): number;
  /** An access token as the portal makes them. */
  sign(claims?: Record<string, unknown>): Promise<string>;
  revokeAll(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

interface PortalCode {
  readonly user: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

interface RefreshState {
  readonly user: string;
  readonly family: string;
  spent: boolean;
}

export async function startPortal(): Promise<Portal> {
  const codes = new Map<string, PortalCode>();
  const refreshTokens = new Map<string, RefreshState>();
  const counts = { token: 0, keys: 0 };
  const key = await makeKey("key-1");

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;

  const portal: Portal = {
    origin: `http://127.0.0.1:${port}`,
    clientId: "agent:instance-7",
    user: "nous-alice",
    claims: {},
    answer: {},
    fault: undefined,
    tokenCalls: () => counts.token,
    keyFetches: () => counts.keys,
    sign: (claims = {}) => sign(portal.user, claims),
    revokeAll: () => refreshTokens.clear(),
    start: () => listen(port),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function sign(user: string, claims: Record<string, unknown>): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: portal.origin,
      aud: portal.clientId,
      sub: user,
      iat: now,
      exp: now + 900,
      org_id: "org-1",
      agent_instance_id: "instance-7",
      oauth_contract_version: 1,
      ...portal.claims,
      ...claims,
    };
    const header = { alg: "RS256", kid: key.kid };
    return new SignJWT(all as JWTPayload).setProtectedHeader(header).sign(key.privateKey);
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", portal.origin);
    if (url.pathname === "/oauth/authorize") return authorize(url, response);
    if (url.pathname === "/api/oauth/token") return token(request, response);
    if (url.pathname === "/.well-known/jwks.json") {
      counts.keys += 1;
      return sendJson(response, 200, { keys: [key.jwk] });
    }
    sendJson(response, 404, {});
  }

  function authorize({ searchParams }: URL, response: ServerResponse): void {
    const code = randomUUID();
    const redirectUri = searchParams.get("redirect_uri") ?? "";
    codes.set(code, {
      user: portal.user,
      challenge: searchParams.get("code_challenge") ?? "",
      redirectUri,
    });
    const location = new URL(redirectUri);
    location.searchParams.set("code", code);
    location.searchParams.set("state", searchParams.get("state") ?? "");
    response.writeHead(302, { Location: location.href }).end();
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    counts.token += 1;
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const form = new URLSearchParams(body);
    if (portal.fault !== undefined) {
      return sendJson(response, portal.fault.status, portal.fault.body ?? {});
    }
    const granted =
      form.get("grant_type") === "refresh_token"
        ? rotate(form, request.headers["x-nous-refresh-token"])
        : redeem(form);
    if (granted === undefined) return sendJson(response, 400, { error: "invalid_grant" });
    const refreshToken = randomUUID();
    refreshTokens.set(refreshToken, { ...granted, spent: false });
    sendJson(response, 200, {
      access_token: await sign(granted.user, {}),
      expires_in: 900,
      refresh_token: refreshToken,
      ...portal.answer,
    });
  }

  function redeem(form: URLSearchParams): { user: string; family: string } | undefined {
    const code = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256").update(form.get("code_verifier") ?? "");
    const fits =
      code?.challenge === challenge.digest("base64url") &&
      code.redirectUri === form.get("redirect_uri") &&
      form.get("client_id") === portal.clientId;
    return fits ? { user: code.user, family: randomUUID() } : undefined;
  }

  function rotate(
    form: URLSearchParams,
    header: string | string[] | undefined,
  ): { user: string; family: string } | undefined {
    const old = refreshTokens.get(form.get("refresh_token") ?? "");
    if (old === undefined || header !== form.get("refresh_token")) return undefined;
    if (!old.spent) {
      old.spent = true;
      return { user: old.user, family: old.family };
    }
    for (const [name, state] of refreshTokens) {
      if (state.family === old.family) refreshTokens.delete(name);
    }
    return undefined;
  }

  return portal;
}

async function makeKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256" } };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
