/**
 * The gate as a client of one OpenID issuer: how it proves itself, and how oauth4webapi's requests reach the bounded client.
 * What the parts of the `oidc` provider share is the OidcContext; within one step, the Issuer.
 */
import * as oauth from "oauth4webapi";
import type { FetchInit } from "../base/runtime.ts";
import type { ProviderDeps } from "./deps.ts";
import type { Metadata } from "./discovery.ts";
import type { KeySource } from "./jwt.ts";
import type { OidcSettings } from "./settings.ts";

export interface OidcContext {
  readonly settings: OidcSettings;
  readonly deps: ProviderDeps;
  /** Fails with ProviderUnavailable. */
  readonly metadata: () => Promise<Metadata>;
  readonly keys: KeySource;
}

/** The issuer as it describes itself for the whole of one login, refresh or logout, whatever it says meanwhile. */
export interface Issuer extends Omit<OidcContext, "metadata"> {
  readonly metadata: Metadata;
}

/** Fails with ProviderUnavailable. */
export async function issuerIn(context: OidcContext): Promise<Issuer> {
  return { ...context, metadata: await context.metadata() };
}

/** How the client proves itself at the token and revocation endpoints. `auto` prefers `basic` and takes `post` where only that is advertised. */
export function clientAuth({ settings, metadata }: Issuer): oauth.ClientAuth {
  const { clientSecret, tokenEndpointAuth } = settings;
  if (clientSecret === undefined || tokenEndpointAuth === "none") return oauth.None();
  if (tokenEndpointAuth === "post") return oauth.ClientSecretPost(clientSecret);
  if (tokenEndpointAuth === "basic") return oauth.ClientSecretBasic(clientSecret);
  const advertised = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const postOnly =
    advertised.includes("client_secret_post") && !advertised.includes("client_secret_basic");
  return postOnly ? oauth.ClientSecretPost(clientSecret) : oauth.ClientSecretBasic(clientSecret);
}

export function clientOf(settings: OidcSettings): oauth.Client {
  return { client_id: settings.clientId };
}

/** The options of every request. Plain http was admitted by discovery, on loopback alone. */
export function requestOptions(deps: ProviderDeps): oauth.TokenEndpointRequestOptions {
  return {
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (url, options) => {
      const init: FetchInit = {
        method: options.method,
        headers: options.headers,
        body: options.body.toString(),
        redirect: "manual",
        ...(options.signal !== undefined && { signal: options.signal }),
      };
      return deps.fetch(url, init);
    },
  };
}
