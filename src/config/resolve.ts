/**
 * Makes the Config of a tree that has passed the schema: renames, reads addresses and files, fills in what depends on the
 * machine, and applies the rules that need more than one key. The order is that of the schema.
 */
import type { Runtime } from "../base/runtime.ts";
import { compilePublicPaths } from "../gate/public-paths.ts";
import { validateTrustedProxy } from "../http/proxy-trust.ts";
import type { PublicBase } from "../http/public-base.ts";
import type { AccessRules } from "../session/access.ts";
import { claimsNeeded } from "../session/access.ts";
import { accept, readListen } from "./address.ts";
import type { Config, SkippedProvider } from "./config.ts";
import type { FileReader } from "./files.ts";
import { allowedHosts, allowedOrigins, identityHeaders } from "./hosts.ts";
import { identityJwt } from "./identity-jwt.ts";
import { adminAddress, judgeInsecure } from "./listen-addresses.ts";
import type { Environment } from "./overlay.ts";
import { accessRules, judgeBearer } from "./provider-rules.ts";
import { nameProviders, providerSettings } from "./provider-settings.ts";
import type { Report } from "./report.ts";
import type { SettingsTree } from "./schema.ts";
import { sessionSecrets } from "./session-secret.ts";
import { stateDirectory } from "./state-dir.ts";
import { storeSetting } from "./store-setting.ts";
import { tlsFiles } from "./tls.ts";
import type { Tree } from "./tree.ts";
import { upstreamOptions, workerCount } from "./upstream-options.ts";

export interface ResolveInput {
  readonly tree: Tree;
  readonly files: FileReader;
  readonly report: Report;
  readonly env: Environment;
  readonly runtime: Runtime;
  readonly publicUrl: PublicBase | undefined;
  readonly skippedProviders: readonly SkippedProvider[];
  readonly insecure: boolean;
  /** The log goes to a terminal. */
  readonly terminal: boolean;
  /** Make the session key's file when there is none. */
  readonly makeKey: boolean;
  /** The same for the identity key's. */
  readonly makeIdentityKey: boolean;
}

/** The Config. Good only when the report has no problem after it. */
export function resolveConfig(settings: SettingsTree, input: ResolveInput): Config {
  const { files, report, insecure } = input;
  const listen = accept(readListen(settings.listen), ["listen"], report) ?? {
    host: "127.0.0.1",
    port: 0,
  };
  if (insecure) judgeInsecure(listen, report);
  const adminListen = adminAddress(settings.admin_listen, listen, report);

  const tls = tlsFiles(settings.tls, files, report);
  const providers = nameProviders(settings.providers, report);
  const allow = accessRules(settings, providers, input.tree, report);
  judgeBearer(settings, providers, report);
  judgeTrustedProxies(settings.trusted_proxies, report);
  for (const { index, rule, mend } of compilePublicPaths(settings.public_paths).problems) {
    report.refuse(["public_paths", index], rule, mend);
  }

  const stateDir = stateDirectory(settings.state_dir, files, input.env);
  const signed = identityJwt(settings.identity_jwt, stateDir, {
    ...input,
    makeKey: input.makeIdentityKey,
  });
  const auditFile = settings.audit.file;
  return {
    upstream: upstreamOptions(settings, files, report),
    prefixMode: settings.upstream_options.prefix,
    listen,
    ...(tls === undefined ? {} : { tls }),
    workers: workerCount(settings, report),
    ...(adminListen === undefined ? {} : { adminListen }),
    ...(input.publicUrl === undefined ? {} : { publicUrl: input.publicUrl }),
    trustedProxies: settings.trusted_proxies,
    allowedHosts: allowedHosts(settings.allowed_hosts, report),
    providers: providers.flatMap((provider) => {
      const claims = claimsOf(provider.name, allow);
      return providerSettings(provider, claims, files, report) ?? [];
    }),
    skippedProviders: input.skippedProviders,
    allow,
    publicPaths: settings.public_paths,
    apiPrefixes: settings.api_prefixes,
    gateBase: settings.gate_base,
    session: {
      ...sessionSecrets(settings.session, stateDir, input),
      cookiePrefix: settings.session.cookie_prefix,
      refreshSkewSeconds: settings.session.refresh_skew_seconds,
      idleTimeoutSeconds: settings.session.idle_timeout_seconds,
      maxLifetimeSeconds: settings.session.max_lifetime_seconds,
    },
    websocket: {
      auth: settings.websocket.auth,
      ticketTtlSeconds: settings.websocket.ticket_ttl_seconds,
      allowedOrigins: allowedOrigins(settings.websocket.allowed_origins, report),
      maxLifetimeSeconds: settings.websocket.max_lifetime_seconds,
    },
    identityHeaders: identityHeaders(settings.identity_headers, report),
    ...(signed === undefined ? {} : { identityJwt: signed }),
    passAccessToken: settings.pass_access_token,
    bearer: settings.bearer,
    drainTimeoutSeconds: settings.drain_timeout_seconds,
    store: storeSetting(settings, files, report),
    stateDir,
    ...(auditFile === undefined ? {} : { auditFile: files.locate(["audit", "file"], auditFile) }),
    log: {
      level: settings.log.level,
      format: settings.log.format ?? (input.terminal ? "pretty" : "json"),
    },
    login: {
      title: settings.login.title,
      autoRedirect: settings.login.auto_redirect,
      idpLogout: settings.login.idp_logout,
    },
    limits: {
      headerBytes: settings.limits.header_bytes,
      headerFields: settings.limits.header_fields,
      ownBodyBytes: settings.limits.own_body_bytes,
      headTimeoutSeconds: settings.limits.head_timeout_seconds,
      bodyIdleTimeoutSeconds: settings.limits.body_idle_timeout_seconds,
      keepAliveSeconds: settings.limits.keep_alive_seconds,
    },
    insecure,
    warnings: report.warnings,
  };
}

/** The claims that the rules for this provider look at. */
function claimsOf(name: string, { providers = {}, ...global }: AccessRules): readonly string[] {
  const own = providers[name];
  return claimsNeeded({ ...global, providers: own === undefined ? {} : { own } });
}

function judgeTrustedProxies(entries: readonly string[], report: Report): void {
  for (const [index, entry] of entries.entries()) {
    const rule = validateTrustedProxy(entry);
    const mend = "list the addresses that your own proxies connect from";
    if (rule !== undefined) report.refuse(["trusted_proxies", index], rule, mend);
  }
}
