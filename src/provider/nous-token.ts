/**
 * The Nous Portal's access token: whom it is for and who it speaks of. Apart from the flow, since the same judgement serves
 * a login, a refresh and a bearer.
 */
import type { JsonObject } from "./ask.ts";
import { identityOf } from "./claims.ts";
import type { Grant, Identity } from "./contract.ts";
import type { ProviderDeps } from "./deps.ts";
import { InvalidToken, isIdToken, type KeySource, peekClaims, verifyJwt } from "./jwt.ts";
import type { NousSettings } from "./settings.ts";

export interface NousContext {
  readonly settings: NousSettings;
  readonly deps: ProviderDeps;
  /** Without a trailing slash; also the `iss` of its tokens. */
  readonly portal: string;
  readonly keys: KeySource;
  /** What follows `agent:` in the client id. */
  readonly instance: string;
}

const contractVersion = 1;

/** The claims of one of the portal's access tokens for this agent. Fails with InvalidToken or ProviderUnavailable. */
export async function verifyAccessToken(
  context: NousContext,
  accessToken: string,
): Promise<JsonObject> {
  const { settings, deps, portal, keys, instance } = context;
  const rules = { issuer: portal, audience: settings.clientId, algorithms: ["RS256"] };
  const claims = await verifyJwt(accessToken, keys, rules, deps.runtime.now());
  if (claims.agent_instance_id !== undefined && claims.agent_instance_id !== instance) {
    throw new InvalidToken("the token is for another agent instance");
  }
  if (
    claims.oauth_contract_version !== undefined &&
    claims.oauth_contract_version !== contractVersion
  ) {
    throw new InvalidToken(`the token's oauth_contract_version is not ${contractVersion}`);
  }
  return claims;
}

/** A bearer's audience is the client id: the portal makes its access tokens for it (contract 7). Undefined when not good. */
export async function verifyBearer(
  context: NousContext,
  accessToken: string,
): Promise<Grant | undefined> {
  if (peekClaims(accessToken)?.iss !== context.portal) return undefined;
  try {
    const claims = await verifyAccessToken(context, accessToken);
    if (isIdToken(claims)) return undefined;
    const expiresAt = Number(claims.exp) * 1000;
    return { identity: identityIn(context, claims), expiresAt, accessToken };
  } catch (error) {
    if (error instanceof InvalidToken) return undefined;
    throw error;
  }
}

/** The person in verified claims. As things stand the portal names no address. */
export function identityIn({ settings }: NousContext, claims: JsonObject): Identity {
  const { keepClaims } = settings;
  return identityOf(claims, { groupsClaim: "groups", trustEmail: false, keepClaims });
}
