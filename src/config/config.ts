/**
 * What the gate was told to do, resolved: defaults are in, secrets are read, every value has been judged. The rest of the
 * code takes a Config and never asks where a value came from; `load.ts` makes the only one there is.
 */
import type { PublicBase } from "../http/public-base.ts";
import type { SkippedProvider } from "../provider/registry.ts";
import type { ProviderSettings } from "../provider/settings.ts";
import type { IdentityHeaders, UpstreamOptions } from "../proxy/contract.ts";
import type { CertificateFiles } from "../server/certificate.ts";
import type { AccessRules } from "../session/access.ts";
import type { StoreSetting } from "../store/open.ts";

export type { SkippedProvider };

/** Where the gate listens. An empty `host` is every interface, which `net.Server.listen` takes as it stands. */
export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

export interface Config {
  readonly upstream: UpstreamOptions;
  /** `strip` hands the upstream paths without the public prefix; `keep` passes one that is still in the path. */
  readonly prefixMode: "strip" | "keep";
  readonly listen: ListenAddress;
  /** The files of the gate's own TLS; absent without it. */
  readonly tls?: CertificateFiles;
  /** Processes that serve. 1 is this one alone. */
  readonly workers: number;
  /** Where `/healthz`, `/readyz` and `/metrics` are; absent when nowhere. */
  readonly adminListen?: ListenAddress;
  /** `public_url`: absent when it is taken from each request. */
  readonly publicUrl?: PublicBase;
  /** IPs, CIDRs and `unix`, each judged. */
  readonly trustedProxies: readonly string[];
  /** Lower case, without port. Empty admits every host. */
  readonly allowedHosts: readonly string[];
  readonly providers: readonly ProviderSettings[];
  /** Providers that were considered and cannot be used, each with the setting that mends it. */
  readonly skippedProviders: readonly SkippedProvider[];
  /** The rules at the top and those of each provider. */
  readonly allow: AccessRules;
  readonly publicPaths: readonly string[];
  readonly apiPrefixes: readonly string[];
  /** `""` or `/gate`: the path under which the own paths stand. */
  readonly gateBase: string;
  readonly session: SessionConfig;
  readonly websocket: WebSocketConfig;
  readonly identityHeaders: IdentityHeaders;
  /** Absent: identities are not signed. */
  readonly identityJwt?: IdentityJwtConfig;
  readonly passAccessToken: boolean;
  readonly bearer: boolean;
  readonly drainTimeoutSeconds: number;
  readonly store: StoreSetting;
  readonly stateDir: string;
  /** Absent writes the audit lines to standard output, among the logs. */
  readonly auditFile?: string;
  readonly log: LogConfig;
  readonly login: LoginConfig;
  readonly limits: LimitsConfig;
  /** No sign-in at all, for debugging on loopback. */
  readonly insecure: boolean;
  /** What the operator should know, logged once at the start. */
  readonly warnings: readonly string[];
}

export interface SessionConfig {
  /** The first seals, all open. Never empty. */
  readonly secrets: readonly string[];
  /** Where the secrets come from: set by the operator, the key file in `state_dir`, or made for this process alone. */
  readonly secretSource: "settings" | "file" | "process";
  readonly cookiePrefix: string;
  readonly refreshSkewSeconds: number;
  /** 0 is off. */
  readonly idleTimeoutSeconds: number;
  readonly maxLifetimeSeconds: number;
}

export interface IdentityJwtConfig {
  /** `aud` of the tokens. */
  readonly audience: string;
  /** Private keys, judged: the first signs, all are shown. */
  readonly pem: string;
  /** Where they come from: the settings, the key file in `state_dir`, or made for this process alone. */
  readonly keySource: "settings" | "file" | "process";
}

export type WebSocketAuth = "ticket" | "cookie";

export interface WebSocketConfig {
  readonly auth: readonly WebSocketAuth[];
  readonly ticketTtlSeconds: number;
  /** Origins as a browser sends them, beside the public base's own. */
  readonly allowedOrigins: readonly string[];
  readonly maxLifetimeSeconds: number;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: "json" | "pretty";
}

export interface LoginConfig {
  readonly title: string;
  readonly autoRedirect: boolean;
  readonly idpLogout: boolean;
}

export interface LimitsConfig {
  readonly headerBytes: number;
  readonly headerFields: number;
  /** Bytes of a body that the gate itself reads. */
  readonly ownBodyBytes: number;
  readonly headTimeoutSeconds: number;
  /** Between two chunks of a request body; 0 is none. */
  readonly bodyIdleTimeoutSeconds: number;
  readonly keepAliveSeconds: number;
}
