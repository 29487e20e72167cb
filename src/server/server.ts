/**
 * The HTTP edge: one node:http server whose events go to the handlers of this folder. What is decided is decided in the
 * gate; what happens to sockets happens here and in the proxy.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Gate } from "../gate/gate.ts";
import type { Upstream } from "../proxy/contract.ts";
import type { AccessLog } from "./access.ts";
import { type CertificatePair, minTlsVersion } from "./certificate.ts";
import { createClientError } from "./client-error.ts";
import { createRequestHandler } from "./handle-request.ts";
import { createUpgradeHandler } from "./handle-upgrade.ts";
import type { ReadExchange } from "./read-exchange.ts";

/** Limits of the client's side. Defaults in `config/schema`. */
export interface ServerLimits {
  readonly headerBytes: number;
  /** Bytes of a body that the gate reads past on its own paths. */
  readonly ownBodyBytes: number;
  /** Seconds for a request head to arrive. */
  readonly headTimeoutSeconds: number;
  /** Seconds between two chunks of a request body; 0 is none. */
  readonly bodyIdleTimeoutSeconds: number;
  readonly keepAliveSeconds: number;
  /** Client connections at a time; one more is closed at once (S93). Default 20000. */
  readonly connections?: number;
}

export interface ServerParts {
  readonly gate: Gate;
  readonly upstream: Upstream;
  readonly readExchange: ReadExchange;
  readonly newRequestId: () => string;
  readonly limits: ServerLimits;
  /** Speak TLS with it. Absent: plain HTTP. */
  readonly certificate?: CertificatePair | undefined;
  /** True while the gate stops. */
  readonly stopping: () => boolean;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly accessLog: AccessLog;
  /** The same for upgrades, whose line is written when the socket is closed. Default: the same. */
  readonly upgradeLog?: AccessLog;
}

/** Far above what people and dashboards need, far below what would exhaust the process. */
const maxConnections = 20_000;

/** Milliseconds between two looks for late heads, at most. */
const maxCheckMs = 15_000;

/** A server of `node:https` when there is a certificate, with the same handlers. */
export function createGateServer(parts: ServerParts): Server {
  const { limits, log } = parts;
  const headTimeoutMs = limits.headTimeoutSeconds * 1000;
  const options: ServerOptions = {
    // Above our own limit, which answers in words; the parser's would cut a long list silently (S92).
    maxHeaderSize: limits.headerBytes * 2,
    headersTimeout: headTimeoutMs,
    connectionsCheckingInterval: Math.min(maxCheckMs, headTimeoutMs / 4),
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveSeconds * 1000,
    // A missing Host is refused by our own rules, with an answer (S20).
    requireHostHeader: false,
    noDelay: true,
    // A request without body needs no body stream: 1.4 µs less for a GET.
    optimizeEmptyRequests: true,
    shouldUpgradeCallback: isWebSocket,
  };
  const { certificate } = parts;
  const server =
    certificate === undefined
      ? createServer(options)
      : createTlsServer({
          ...options,
          ...{ cert: certificate.cert, key: certificate.key, minVersion: minTlsVersion },
          // HTTP/2 has other rules for smuggling, upgrades and limits: an outer proxy may speak it.
          ALPNProtocols: ["http/1.1"],
          handshakeTimeout: headTimeoutMs,
        });
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections ?? maxConnections;
  server.once("drop", () => {
    const fields = { connections: server.maxConnections };
    log.error(fields, "more connections than the gate serves: new ones are closed unanswered");
  });

  const handleRequest = createRequestHandler({
    ...parts,
    ownBodyBytes: limits.ownBodyBytes,
    bodyIdleTimeoutMs: limits.bodyIdleTimeoutSeconds * 1000,
  });
  server.on("request", (request, response) => handleRequest(request, response, "nothing"));
  server.on("checkContinue", (request, response) => handleRequest(request, response, "continue"));
  server.on("checkExpectation", (request, response) => handleRequest(request, response, "other"));
  const handleUpgrade = createUpgradeHandler({
    ...parts,
    accessLog: parts.upgradeLog ?? parts.accessLog,
  });
  server.on("upgrade", handleUpgrade);
  // The head's rules refuse every CONNECT, with an answer (S89); unheard, Node would drop the connection.
  server.on("connect", handleUpgrade);
  server.on("clientError", createClientError(log, parts.newRequestId));
  return server;
}

/** Only `websocket` is an upgrade: any other goes on as plain HTTP, without the field (contract 10, S80). */
function isWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === "websocket";
}
