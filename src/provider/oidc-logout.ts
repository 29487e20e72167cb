/** The end of a session at an OpenID issuer: revocation (RFC 7009) and RP-initiated logout, each where it is advertised. */
import * as oauth from "oauth4webapi";
import { readAnswer } from "./ask.ts";
import { ProviderUnavailable } from "./contract.ts";
import { clientAuth, clientOf, issuerIn, type OidcContext, requestOptions } from "./oidc-client.ts";

/** A person waits for the answer to their logout: milliseconds that the provider may take of it. */
const revocationTimeoutMs = 3_000;

/** Revokes a refresh token; nothing happens where the issuer has no endpoint for it. Fails with ProviderUnavailable. */
export async function revoke(context: OidcContext, refreshToken: string): Promise<void> {
  const issuer = await issuerIn(context);
  const { settings, deps, metadata } = issuer;
  if (metadata.revocation_endpoint === undefined) return;
  const subject = `"${settings.name}": the revocation endpoint`;
  const call = oauth.revocationRequest(
    metadata,
    clientOf(settings),
    clientAuth(issuer),
    refreshToken,
    {
      ...requestOptions(deps),
      additionalParameters: { token_type_hint: "refresh_token" },
      signal: AbortSignal.timeout(revocationTimeoutMs),
    },
  );
  const { status } = await readAnswer(subject, call);
  if (status !== 200) throw new ProviderUnavailable(`${subject} answered ${status}`);
}

/** Where the browser ends its session at the issuer; undefined when that is not advertised. Fails with ProviderUnavailable. */
export async function endSessionUrl(
  context: OidcContext,
  request: { readonly idToken?: string; readonly returnTo: string },
): Promise<string | undefined> {
  const { end_session_endpoint: endpoint } = await context.metadata();
  if (endpoint === undefined) return undefined;
  const url = new URL(endpoint);
  url.searchParams.set("client_id", context.settings.clientId);
  url.searchParams.set("post_logout_redirect_uri", request.returnTo);
  if (request.idToken !== undefined) url.searchParams.set("id_token_hint", request.idToken);
  return url.href;
}
