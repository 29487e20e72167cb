/**
 * The composition root: makes every part from the configuration, in the order of the layers, and starts listening. Nothing is
 * decided here: whoever asks what is connected to what finds the answer on this page.
 */
import { assemble, identityParts, type Lasting } from "./assemble.ts";
import { banner, refusalToStart, type Started } from "./banner.ts";
import { createAudit } from "./base/audit-writer.ts";
import { createHttpClient } from "./base/http-client.ts";
import type { RootLog } from "./base/log.ts";
import { createRequestIds } from "./base/request-ids.ts";
import { createRotatingFile, type RotatingFile } from "./base/rotating-file.ts";
import type { Runtime } from "./base/runtime.ts";
import type { Changes } from "./config/changes.ts";
import type { Config, ListenAddress } from "./config/config.ts";
import { buildRegistry } from "./provider/registry.ts";
import { createUpstream } from "./proxy/upstream.ts";
import { createReload, type Prepared } from "./reload.ts";
import { createAccessLog } from "./server/access.ts";
import { type Admin, openAdmin } from "./server/admin.ts";
import { isTlsServer, readCertificate, watchCertificate } from "./server/certificate.ts";
import { createListener } from "./server/listen.ts";
import type { Metrics } from "./server/metrics.ts";
import { createReadiness, type Readiness } from "./server/readiness.ts";
import { createGateServer } from "./server/server.ts";
import { unwatched } from "./server/watch.ts";
import { createCookieTable } from "./session/cookie-table.ts";
import { createSessionMemory } from "./session/session-memory.ts";
import type { Store } from "./store/contract.ts";
import { openStore, type StoreSetting } from "./store/open.ts";

export interface ServeDeps {
  readonly runtime: Runtime;
  readonly log: RootLog;
  /** As `--version` prints it. */
  readonly version: string;
  /** The commit, for the metrics. Default `unknown`. */
  readonly revision?: string;
  /** Default: those of a gate that is one process. */
  readonly openers?: Openers;
}

/** What a gate shares that is one of several processes behind one address: how it is opened, and told. */
export interface Openers {
  store(
    setting: StoreSetting,
    deps: { readonly runtime: Runtime; readonly log: RootLog },
  ): Promise<Store>;
  auditFile(options: { readonly path: string }): RotatingFile;
  admin(
    at: ListenAddress,
    parts: { readonly metrics: Metrics; readonly readiness: () => Promise<Readiness> },
  ): Promise<Admin>;
  /** The gate listens. */
  started(log: RootLog, facts: Started): void;
}

const ownOpeners: Openers = {
  store: openStore,
  auditFile: createRotatingFile,
  admin: openAdmin,
  started: banner,
};

export interface Running {
  /** Where it listens: `http://127.0.0.1:4180` or `unix:/path`. */
  readonly address: string;
  /** Of the admin listener, in the same form; absent without one. */
  readonly adminAddress?: string;
  /**
   * Takes a configuration that was read again, for the requests from here on, and looks at the certificate. With a change that
   * needs a restart, or one that cannot be made, nothing is taken. Never fails.
   */
  reload(next: Config): Promise<Changes>;
  /**
   * Stops: no new connections, then sockets and event streams end, requests finish, and after `drain_timeout_seconds`
   * what is left is cut. Resolves when all is closed.
   */
  close(): Promise<void>;
}

export interface Serving extends Running {
  /** Judges a configuration as `reload` does, and takes it only when told. */
  prepare(next: Config): Promise<Prepared>;
}

/** Starts the gate. Fails with ConfigError when no provider is usable, and with the system's error when it cannot listen. */
export async function serve(config: Config, deps: ServeDeps): Promise<Serving> {
  const { runtime, log, version, openers = ownOpeners } = deps;
  const certificate = config.tls === undefined ? undefined : readCertificate(config.tls);
  const metrics = await loadMetrics(config, deps);
  const watch = metrics ?? unwatched;
  const fetch = watch.fetch(createHttpClient());
  const build = (chosen: Config) => buildRegistry(chosen.providers, { runtime, log, fetch });
  const { registry, skipped } = await build(config);
  if (registry.providers.length === 0 && !config.insecure) {
    throw refusalToStart([...config.skippedProviders, ...skipped]);
  }

  const auditFile =
    config.auditFile === undefined ? undefined : openers.auditFile({ path: config.auditFile });
  const audit = watch.audit(
    createAudit({
      runtime,
      log,
      amongLogs: auditFile === undefined,
      write: auditFile?.write ?? log.line,
    }),
  );
  const store = await openers.store(config.store, { runtime, log });
  const memory = createSessionMemory({ store, runtime, log });
  const identity = identityParts(config, runtime);
  const upstream = createUpstream({
    ...config.upstream,
    ...identity,
    isGateCookie: createCookieTable(config.session.cookiePrefix).isGateCookie,
    note: watch.upstream,
    runtime,
    log,
  });
  memory.ended.onEnd((sessionId) => upstream.closeSession(sessionId, 4401));

  const newRequestId = createRequestIds(runtime);
  const lasting: Lasting = {
    store,
    memory,
    upstream,
    watch,
    audit,
    newRequestId,
    version,
    runtime,
    log,
  };
  const accessLog = createAccessLog(log, runtime);
  let stopping = false;
  let refusing = false;
  const { server, replace } = createGateServer({
    ...assemble(config, registry, identity, lasting),
    upstream,
    newRequestId,
    runtime,
    log,
    accessLog: watch.requests(accessLog),
    upgradeLog: watch.upgrades(accessLog),
    certificate,
    refusing: () => refusing,
  });

  const settings = createReload(
    { config, registry },
    {
      build,
      log,
      take(next) {
        const told = identityParts(next.config, runtime);
        const { judgeStream, ...parts } = assemble(next.config, next.registry, told, lasting);
        replace(parts);
        upstream.setIdentity(told);
        upstream.judgeStreams(judgeStream);
        metrics?.know(next.registry.providers.map(({ name }) => name));
        log.setLevel(next.config.log.level);
      },
    },
  );

  // Before the first request: who signed out at another gate, or before this one started.
  await memory.ended.ready;
  const renewals =
    config.tls === undefined || certificate === undefined || !isTlsServer(server)
      ? undefined
      : watchCertificate({ files: config.tls, current: certificate, server, runtime, log });
  const listener = createListener(server);
  const address = await listener.listen(config.listen);
  const admin = await startAdmin().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  openers.started(log, { address, admin: admin?.address, config, registry, skipped, version });

  async function startAdmin(): Promise<Admin | undefined> {
    const { adminListen } = config;
    if (metrics === undefined || adminListen === undefined) return undefined;
    metrics.follow(server, upstream);
    const readiness = createReadiness({
      store,
      upstream,
      idp: metrics.idp,
      stopping: () => stopping,
      sessionKey: () => settings.config().session,
    });
    return openers.admin(adminListen, { metrics, readiness });
  }

  async function stop(open?: Admin): Promise<void> {
    stopping = true;
    renewals?.stop();
    await listener.drain(settings.config().drainTimeoutSeconds * 1000, () => {
      refusing = true;
      // Not before, or their clients came back here.
      upstream.closeStreams();
    });
    await upstream.close();
    await store.close();
    // Last, so that it tells of the draining.
    await open?.close();
    auditFile?.close();
  }
  let stopped: Promise<void> | undefined;
  return {
    address,
    ...(admin !== undefined && { adminAddress: admin.address }),
    prepare(next) {
      renewals?.look();
      return settings.prepare(next);
    },
    reload(next) {
      renewals?.look();
      return settings.reload(next);
    },
    close() {
      stopped ??= stop(admin);
      return stopped;
    },
  };
}

/** The metrics, when there is a listener to read them; their library is loaded only then. */
async function loadMetrics(config: Config, deps: ServeDeps): Promise<Metrics | undefined> {
  if (config.adminListen === undefined) return undefined;
  const { createMetrics } = await import("./server/metrics.ts");
  const { runtime, version, revision = "unknown" } = deps;
  const providers = config.providers.map(({ name }) => name);
  return createMetrics({ runtime, version, revision, providers });
}
