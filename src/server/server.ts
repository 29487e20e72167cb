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
import { createRequestHandler, type HandleRequest } from "./handle-request.ts";
import { createUpgradeHandler, type HandleUpgrade } from "./handle-upgrade.ts";
import { afterAnswers, createTurns } from "./in-turn.ts";
import type { ReadExchange } from "./read-exchange.ts";
import { cutSlowReaders } from "./slow-reader.ts";

/** Limits of the client's side. Defaults in `config/schema`. */
export interface ServerLimits {
  readonly headerBytes: number;
  /** Bytes of a body that the gate reads past on its own paths. */
  readonly ownBodyBytes: number;
  /** Seconds for a request head to arrive. */
  readonly headTimeoutSeconds: number;
  /** Seconds between two chunks of a request body, and that a client may take nothing of an answer; 0 is none. */
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
  /** True once the gate, which stops, takes no new connection. */
  readonly refusing: () => boolean;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly accessLog: AccessLog;
  /** The same for upgrades, whose line is written when the socket is closed. Default: the same. */
  readonly upgradeLog?: AccessLog;
}

/** What may change while the server listens: a request is handled to its end by what stood when it came. */
export type Replaceable = Pick<ServerParts, "gate" | "readExchange" | "limits">;

export interface GateServer {
  readonly server: Server;
  /** Takes these for the requests from here on; of `limits` all but the size and the time-out of heads. */
  replace(next: Replaceable): void;
}

/** Far above what people and dashboards need, far below what would exhaust the process. */
const maxConnections = 20_000;

/** Milliseconds between two looks for late heads, at most. */
const maxCheckMs = 15_000;

/** A server of `node:https` when there is a certificate, with the same handlers. */
export function createGateServer(parts: ServerParts): GateServer {
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
  // A worker would otherwise hand the connection back to be dealt out again, to it or to another that is full, without end.
  Object.assign(server, { dropMaxConnection: true });
  server.once("drop", () => {
    const fields = { connections: server.maxConnections };
    log.error(fields, "more connections than the gate serves: new ones are closed unanswered");
  });

  const slowReaders = cutSlowReaders(server, limits.bodyIdleTimeoutSeconds * 1000);
  let handle = createHandlers(parts);
  const inTurn = createTurns();
  const onRequest: HandleRequest = (request, response, expects) => {
    if (response.socket !== null) handle.request(request, response, expects);
    else inTurn(request, response, () => handle.request(request, response, expects));
  };
  server.on("request", (request, response) => onRequest(request, response, "nothing"));
  server.on("checkContinue", (request, response) => onRequest(request, response, "continue"));
  server.on("checkExpectation", (request, response) => onRequest(request, response, "other"));
  const upgrade: HandleUpgrade = (request, socket, head) =>
    afterAnswers(request.socket, () => {
      slowReaders.leave(request.socket);
      handle.upgrade(request, socket, head);
    });
  server.on("upgrade", upgrade);
  // The head's rules refuse every CONNECT, with an answer (S89); unheard, Node would drop the connection.
  server.on("connect", upgrade);
  server.on("clientError", createClientError(log, parts.newRequestId));
  return {
    server,
    replace(next) {
      handle = createHandlers({ ...parts, ...next });
      server.keepAliveTimeout = next.limits.keepAliveSeconds * 1000;
      slowReaders.limit(next.limits.bodyIdleTimeoutSeconds * 1000);
    },
  };
}

interface Handlers {
  readonly request: HandleRequest;
  readonly upgrade: HandleUpgrade;
}

function createHandlers(parts: ServerParts): Handlers {
  const { limits, accessLog, upgradeLog = accessLog } = parts;
  return {
    request: createRequestHandler({
      ...parts,
      ownBodyBytes: limits.ownBodyBytes,
      bodyIdleTimeoutMs: limits.bodyIdleTimeoutSeconds * 1000,
    }),
    upgrade: createUpgradeHandler({ ...parts, accessLog: upgradeLog }),
  };
}

/** Only `websocket` is an upgrade: any other goes on as plain HTTP, without the field (contract 10, S80). */
function isWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === "websocket";
}
