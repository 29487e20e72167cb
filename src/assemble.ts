/**
 * Everything that one configuration makes of a request: reading it, deciding on it, its limits. Made at the start and again at each
 * change of settings, around what lasts as long as the process: store, memory of sessions, connections, streams, logs.
 */
import type { Audit } from "./base/audit.ts";
import type { RootLog } from "./base/log.ts";
import type { Runtime } from "./base/runtime.ts";
import type { Config } from "./config/config.ts";
import { gateSettings } from "./config/gate-settings.ts";
import { createGate } from "./gate/gate.ts";
import { ownPaths } from "./gate/own-paths.ts";
import { compilePublicPaths } from "./gate/public-paths.ts";
import { createStreamJudge, type StreamJudge } from "./gate/stream-judge.ts";
import { createProxyTrust } from "./http/proxy-trust.ts";
import { createBaseResolver } from "./http/resolve-base.ts";
import type { Registry } from "./provider/registry.ts";
import type { IdentityOptions, Upstream } from "./proxy/contract.ts";
import { createIdentityFields } from "./proxy/identity-fields.ts";
import { createIdentityJwt } from "./proxy/identity-jwt.ts";
import { readIdentityKeys } from "./proxy/identity-key.ts";
import { createReadExchange } from "./server/read-exchange.ts";
import type { Replaceable } from "./server/server.ts";
import type { Watch } from "./server/watch.ts";
import { createAccess } from "./session/access.ts";
import { createLoginStates } from "./session/login-state.ts";
import { createSealer, keyNames } from "./session/seal.ts";
import type { SessionMemory } from "./session/session-memory.ts";
import { createSessions } from "./session/sessions.ts";
import type { Store } from "./store/contract.ts";
import { createTickets } from "./ticket/tickets.ts";

/** What no change of settings touches. */
export interface Lasting {
  readonly store: Store;
  readonly memory: SessionMemory;
  readonly upstream: Pick<Upstream, "closeSession">;
  readonly watch: Watch;
  readonly audit: Audit;
  readonly newRequestId: () => string;
  readonly version: string;
  readonly runtime: Runtime;
  readonly log: RootLog;
}

/** What tells the upstream, and who asks for forward-auth, of an identity. */
export interface IdentityParts extends IdentityOptions {
  /** For whoever verifies the signed header. */
  readonly jwks?: object;
}

/** How identities are told by this configuration. */
export function identityParts(config: Config, runtime: Runtime): IdentityParts {
  const { identityHeaders, identityJwt } = config;
  if (identityJwt === undefined) return { identityHeaders, signIdentity: undefined };
  const keys = readIdentityKeys(identityJwt.pem);
  const { sign, jwks } = createIdentityJwt({ keys, audience: identityJwt.audience, runtime });
  return { identityHeaders, signIdentity: sign, jwks };
}

export interface Assembled extends Replaceable {
  /** Whether a stream that was admitted before may go on. */
  readonly judgeStream: StreamJudge;
}

/** What the server puts requests through, by this configuration and these providers. */
export function assemble(
  config: Config,
  registry: Registry,
  identity: IdentityParts,
  lasting: Lasting,
): Assembled {
  const { store, memory, upstream, watch, audit, newRequestId, version, runtime, log } = lasting;
  const { session, websocket, limits, publicUrl } = config;
  const stem = session.cookiePrefix;
  const sealer = createSealer(session);
  const sessions = createSessions({
    sealer,
    stem,
    store,
    memory,
    runtime,
    log,
    audit,
    provider: registry.find,
    noteRefresh: watch.refresh,
    refreshSkewSeconds: session.refreshSkewSeconds,
    idleTimeoutSeconds: session.idleTimeoutSeconds,
    maxLifetimeSeconds: session.maxLifetimeSeconds,
    keepAccessToken: config.passAccessToken,
    keepIdToken: config.login.idpLogout,
  });
  const loginStates = createLoginStates({ stem, sealer, memory, runtime });
  const tickets = watch.tickets(
    createTickets({
      store,
      runtime,
      secrets: session.secrets,
      isEnded: memory.ended.has,
      ttlMs: websocket.ticketTtlSeconds * 1000,
    }),
  );
  const judging = {
    settings: gateSettings(config, version),
    registry,
    admits: createAccess(config.allow),
    keyNames: keyNames(session.secrets),
  };
  const gate = createGate({
    ...judging,
    sessions,
    loginStates,
    tickets,
    runtime,
    log,
    audit,
    publicPaths: compilePublicPaths(config.publicPaths),
    endStreams: (sessionId) => upstream.closeSession(sessionId, 4403),
    identityFields: createIdentityFields(identity),
    jwks: identity.jwks,
  });
  const ours = publicUrl === undefined ? {} : { publicUrl };
  const readExchange = createReadExchange({
    ...ours,
    isTrusted: createProxyTrust(config.trustedProxies),
    newRequestId,
    log,
    resolveBase: createBaseResolver({
      ...ours,
      allowedHosts: config.allowedHosts,
      log,
      statusPath: ownPaths(config.gateBase).status,
    }),
    limits: { maxHeaderBytes: limits.headerBytes, maxHeaderFields: limits.headerFields },
    shedCookies: (exchange) => [...loginStates.clearAll(exchange), ...sessions.shed(exchange)],
    keepPrefix: config.prefixMode === "keep",
  });
  return { gate, readExchange, limits, judgeStream: createStreamJudge(judging) };
}
