/** The gate on a port: the real gate of `gate.ts` behind the real server, before an upstream that the test plays on the wire. */
import type { TestContext } from "node:test";
import type { LogFields } from "../../src/base/log.ts";
import { ownPaths } from "../../src/gate/own-paths.ts";
import { createProxyTrust } from "../../src/http/proxy-trust.ts";
import { createBaseResolver } from "../../src/http/resolve-base.ts";
import { createUpstream } from "../../src/proxy/upstream.ts";
import { createAccessLog } from "../../src/server/access.ts";
import { createListener, type Listener } from "../../src/server/listen.ts";
import { createReadExchange } from "../../src/server/read-exchange.ts";
import { createGateServer, type ServerLimits } from "../../src/server/server.ts";
import { createCookieTable } from "../../src/session/cookie-table.ts";
import { createLoginStates } from "../../src/session/login-state.ts";
import { createTestGate, type GateOptions, signedInAt, type TestGate } from "./gate.ts";
import { defaultIdentityHeaders, upstreamDefaults } from "./proxy.ts";
import { type RawClient, rawClient } from "./raw-client.ts";
import { logInto, sealer, stem } from "./session-parts.ts";

export interface GateServerOptions extends GateOptions {
  readonly limits?: Partial<ServerLimits & { readonly headerFields: number }>;
  /** Default: loopback. */
  readonly trustedProxies?: readonly string[];
  readonly allowedHosts?: readonly string[];
  readonly keepPrefix?: boolean;
  /** To the upstream, at most. Default 0: no limit. */
  readonly connections?: number;
  /** Milliseconds to the head of the upstream's answer; 0 is none. Default 300000. */
  readonly responseTimeoutMs?: number;
  /** Listens on this Unix socket. */
  readonly path?: string;
}

export interface GateServer extends TestGate {
  readonly port: number;
  /** `127.0.0.1:port`, for the Host line. */
  readonly host: string;
  readonly accessLines: readonly LogFields[];
  readonly serverLog: readonly string[];
  /** A connection to the gate, closed with the test. */
  client(): Promise<RawClient>;
  /** The `Cookie:` line of somebody who has just signed in. */
  cookieLine(): Promise<string>;
  /** Resolves when the gate, which stops, takes no new connection any more. */
  readonly refusing: Promise<void>;
  /** Stops as the process does. */
  stop(limitMs: number): Promise<void>;
}

/** Starts the gate before the origin; closed with the test. */
export async function startGateServer(
  t: TestContext,
  origin: string,
  options: GateServerOptions = {},
): Promise<GateServer> {
  const { limits = {}, trustedProxies = ["127.0.0.0/8"], allowedHosts = [], ...rest } = options;
  const { keepPrefix = false, connections = 0, path, ...other } = rest;
  const { responseTimeoutMs = upstreamDefaults.responseTimeoutMs, ...gateOptions } = other;
  const { publicUrl } = gateOptions;
  const gate = createTestGate(gateOptions);
  const { runtime } = gate;
  const accessLines: LogFields[] = [];
  const serverLog: string[] = [];
  const log = logInto(serverLog);
  let ids = 0;
  let refusing = false;
  const refused = Promise.withResolvers<void>();
  const newRequestId = () => `id-${++ids}`;
  const isTrusted = createProxyTrust(trustedProxies);
  const upstream = createUpstream({
    ...upstreamDefaults,
    ...{ connections, responseTimeoutMs },
    address: { origin },
    identityHeaders: defaultIdentityHeaders,
    isGateCookie: createCookieTable(stem).isGateCookie,
    ...{ runtime, log },
  });
  gate.memory.ended.onEnd((id) => upstream.closeSession(id, 4401));
  const allLimits = {
    headerBytes: 65_536,
    headerFields: 100,
    ownBodyBytes: 16_384,
    headTimeoutSeconds: 60,
    bodyIdleTimeoutSeconds: 60,
    keepAliveSeconds: 75,
    ...limits,
  };
  const base = publicUrl === undefined ? {} : { publicUrl };
  const { server } = createGateServer({
    ...{ gate: gate.gate, upstream, newRequestId, runtime, log },
    limits: allLimits,
    readExchange: createReadExchange({
      ...{ isTrusted, newRequestId, keepPrefix, log, ...base },
      resolveBase: createBaseResolver({
        ...{ allowedHosts, log, ...base },
        statusPath: ownPaths(gateOptions.gateBase ?? "").status,
      }),
      limits: { maxHeaderBytes: allLimits.headerBytes, maxHeaderFields: allLimits.headerFields },
      shedCookies: (exchange) => [
        ...createLoginStates({ stem, sealer, memory: gate.memory, runtime }).clearAll(exchange),
        ...gate.sessions.shed(exchange),
      ],
    }),
    accessLog: createAccessLog({ access: (fields) => void accessLines.push(fields) }, runtime),
    refusing: () => refusing,
  });
  const listener: Listener = createListener(server);
  const address = await listener.listen(
    path === undefined ? { host: "127.0.0.1", port: 0 } : { path },
  );
  const port = path === undefined ? Number(new URL(address).port) : 0;

  let stopped: Promise<void> | undefined;
  async function end(limitMs: number): Promise<void> {
    await listener.drain(limitMs, () => {
      refusing = true;
      upstream.closeStreams();
      refused.resolve();
    });
    await upstream.close();
  }
  function stop(limitMs: number): Promise<void> {
    stopped ??= end(limitMs);
    return stopped;
  }
  t.after(() => stop(0));
  return {
    ...{ ...gate, port, accessLines, serverLog, stop, refusing: refused.promise },
    host: `127.0.0.1:${port}`,
    client: () => rawClient(t, path ?? port),
    async cookieLine() {
      const browser = await signedInAt(gate, `http://127.0.0.1:${port}`);
      return `Cookie: ${browser.exchange("/").cookieHeader}`;
    },
  };
}

/** An origin where nothing listens: whatever is forwarded there ends in 502. */
export const nowhere = "http://127.0.0.1:9";
