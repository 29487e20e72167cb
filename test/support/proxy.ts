/**
 * Puts a proxy on a port without gate or server: every request is forwarded by the Plan of the test. It keeps what the server
 * keeps for the proxy: it handles `checkContinue` and other upgrades, and writes the error that the proxy hands back.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import type { GateError } from "../../src/base/errors.ts";
import { type Log, type LogFields, silentLog } from "../../src/base/log.ts";
import { nodeRuntime, type Runtime } from "../../src/base/runtime.ts";
import type { Exchange } from "../../src/http/exchange.ts";
import type { Identity } from "../../src/provider/contract.ts";
import type {
  IdentityField,
  Plan,
  StreamOwner,
  Upstream,
  UpstreamOptions,
} from "../../src/proxy/contract.ts";
import { createUpstream } from "../../src/proxy/upstream.ts";
import { exchange } from "./exchange.ts";

export interface ProxyParts extends Partial<UpstreamOptions> {
  readonly plan?: Partial<Plan>;
  readonly exchange?: Partial<Exchange>;
  readonly identityHeaders?: ReadonlyMap<string, IdentityField>;
  readonly runtime?: Runtime;
}

export interface Proxy {
  readonly port: number;
  readonly upstream: Upstream;
  /** Errors that were handed back, in order. */
  readonly failures: readonly GateError[];
  readonly warnings: readonly { readonly fields: LogFields; readonly message: string }[];
  readonly server: Server;
  /** Bytes that its clients' open connections have brought so far. */
  received(): number;
}

export const ada: Identity = {
  userId: "u-1",
  email: "ada@example.org",
  emailVerified: true,
  username: "ada",
  groups: ["ops", "dev"],
};

/** A stream of ada's in this session. */
export function streamOwner(sessionId: string, endsAt = Number.MAX_SAFE_INTEGER): StreamOwner {
  return { sessionId, endsAt, holder: { identity: ada, provider: "idp" }, keys: ["key"] };
}

export const defaultIdentityHeaders: ReadonlyMap<string, IdentityField> = new Map([
  ["X-Forwarded-User", "user_id"],
  ["X-Forwarded-Email", "email"],
  ["X-Forwarded-Preferred-Username", "preferred_username"],
  ["X-Forwarded-Groups", "groups"],
  ["X-Forwarded-Provider", "provider"],
]);

export const upstreamDefaults = {
  host: "preserve",
  connectTimeoutMs: 5000,
  responseTimeoutMs: 300_000,
  upgradeTimeoutMs: 10_000,
  connections: 0,
} as const;

/** Gate cookies of the tests: all that begin like those of the contract, in every variant. */
export function isGateCookie(name: string): boolean {
  return /^(__Host-|__Secure-)?hermes_session_/.test(name);
}

/** Starts the proxy in front of the origin; closed with the test. */
export async function startProxy(
  t: TestContext,
  place: string | UpstreamOptions["address"],
  parts: ProxyParts = {},
): Promise<Proxy> {
  const failures: GateError[] = [];
  const warnings: { fields: LogFields; message: string }[] = [];
  const log: Log = { ...silentLog, warn: (fields, message) => warnings.push({ fields, message }) };
  const upstream = createUpstream({
    ...upstreamDefaults,
    identityHeaders: defaultIdentityHeaders,
    runtime: nodeRuntime,
    ...parts,
    address: typeof place === "string" ? { origin: place } : place,
    isGateCookie,
    log,
  });
  const server = createServer({
    requestTimeout: 0,
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  });
  const planOf = (url: string | undefined): Plan => ({ target: url ?? "/", ...parts.plan });
  const exchangeOf = (request: IncomingMessage) => ({
    ...exchange({ scheme: "http", clientAddress: "127.0.0.1" }),
    method: request.method ?? "GET",
    headers: request.headers,
    ...parts.exchange,
  });
  server.on("request", forward);
  server.on("checkContinue", forward);
  function forward(request: IncomingMessage, response: ServerResponse): void {
    upstream.forward(request, response, exchangeOf(request), planOf(request.url), (error) => {
      failures.push(error);
      if (!request.complete) response.shouldKeepAlive = false;
      response.writeHead(502, { "Content-Type": "text/plain" }).end(error.code);
    });
  }
  server.on("upgrade", (request, socket, head) => {
    const fail = (error: GateError) => {
      failures.push(error);
      socket.end(`HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n${error.code}`);
    };
    const plan = planOf(request.url);
    upstream.tunnel(request, socket, head, exchangeOf(request), plan, fail, () => {});
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await Promise.all([closed, upstream.close()]);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const received = () => [...sockets].reduce((sum, socket) => sum + socket.bytesRead, 0);
  return { port, upstream, failures, warnings, server, received };
}
