/**
 * What an issuer says of itself at `/.well-known/openid-configuration`. Asked for when it is first needed, so that the gate
 * starts while the provider is down; kept through outages. Refused where it speaks for another issuer, which is how tokens
 * of one provider are passed off as another's, or where an endpoint would take secrets in clear (S109).
 */
import type { AuthorizationServer } from "oauth4webapi";
import { askForObject, type JsonObject } from "./ask.ts";
import { createCached } from "./cached.ts";
import { ProviderUnavailable } from "./contract.ts";
import { type ProviderDeps, SettingsRefused } from "./deps.ts";
import { isTenantTemplate } from "./tenant.ts";

export interface Metadata extends AuthorizationServer {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
}

const freshMs = 3_600_000;
const required = ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const;
const optional = ["revocation_endpoint", "end_session_endpoint", "userinfo_endpoint"] as const;

/** The metadata of `issuer`, at each call. Fails with ProviderUnavailable; `misconfigured` where the answer is another issuer's. */
export function createDiscovery(
  provider: string,
  issuer: string,
  deps: ProviderDeps,
): () => Promise<Metadata> {
  const subject = `"${provider}": discovery`;
  const url = `${withoutSlash(issuer)}/.well-known/openid-configuration`;
  const metadata = createCached({
    runtime: deps.runtime,
    freshMs,
    load: async () => judge(subject, issuer, await askForObject(deps.fetch, subject, url)),
    onStale: (error) =>
      deps.log.warn(
        { provider, err: error },
        "the provider's metadata could not be renewed; the old ones are used on",
      ),
  });
  return metadata.get;
}

/** True for an absolute URL that secrets may travel to: https, or http to this very machine. */
export function isSafeEndpoint(value: unknown): value is string {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  if (protocol === "https:") return true;
  return protocol === "http:" && isLoopbackName(hostname);
}

/** The URL without a trailing slash. Fails with SettingsRefused when secrets may not travel to it, or when it has a query. */
export function requireSafeUrl(setting: string, value: string): string {
  if (isSafeEndpoint(value) && !/[?#]/.test(value)) return withoutSlash(value);
  throw new SettingsRefused(
    `"${setting}" must be an https URL without a query (http only on loopback), got "${value}"`,
  );
}

/** The same issuer, a final slash aside (S109). */
export function sameIssuer(a: string, b: string): boolean {
  return withoutSlash(a) === withoutSlash(b);
}

function judge(subject: string, issuer: string, json: JsonObject): Metadata {
  const refuse = (found: string): never => {
    throw new ProviderUnavailable(`${subject} ${found}`, { misconfigured: true });
  };
  if (!isTenantTemplate(json.issuer, issuer) && !sameIssuer(String(json.issuer), issuer)) {
    refuse(`names the issuer "${String(json.issuer)}", but "${issuer}" is configured`);
  }
  for (const name of required) {
    if (!isSafeEndpoint(json[name])) refuse(`names no https ${name}`);
  }
  for (const name of optional) {
    if (json[name] !== undefined && !isSafeEndpoint(json[name])) {
      refuse(`names a ${name} that is not https`);
    }
  }
  return json as unknown as Metadata;
}

function withoutSlash(url: string): string {
  return url.endsWith("/") ? url.slice(0, -1) : url;
}

function isLoopbackName(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
