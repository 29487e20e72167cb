/** How the demo's identity provider is set up: its clients, accounts and claims, and the rules of its tokens. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { Context, Grant, Provider as OidcProvider } from "oidc-provider";
import { errorPage, signedOutPage, signOutPage } from "./idp-pages.ts";
import type { IdpStore } from "./idp-store.ts";

export interface IdpAccount {
  readonly sub: string;
  readonly name?: string;
  readonly preferred_username?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly groups?: readonly string[];
}

export interface IdpClient {
  readonly clientId: string;
  /** With one the client is confidential (`client_secret_basic`), without one public. */
  readonly clientSecret?: string;
}

export interface IdpOptions {
  /** Where to listen: `0.0.0.0` in a container. Default 127.0.0.1, which is the issuer's host in either case. */
  readonly bind?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Life of access tokens. Default 20. */
  readonly accessTokenSeconds?: number;
  /** Life of refresh tokens, from their issue. Default a day. */
  readonly refreshTokenSeconds?: number;
  /** Default `publicClient` and `confidentialClient`. */
  readonly clients?: readonly IdpClient[];
  /** Is told every secret of the protocol that is issued or comes in, by the name of its parameter. */
  readonly onSecret?: (name: string, value: string) => void;
}

export const publicClient: IdpClient = { clientId: "hermes-gate" };
export const confidentialClient: IdpClient = {
  clientId: "hermes-gate-confidential",
  clientSecret: "demo:secret/with+characters that need encoding",
};

/** alice (admins, staff) and bob (staff). */
export function defaultAccounts(): Map<string, IdpAccount> {
  const account = (name: string, groups: readonly string[]): [string, IdpAccount] => [
    name,
    {
      sub: `user-${name}`,
      name: `${name[0]?.toUpperCase()}${name.slice(1)} Example`,
      preferred_username: name,
      email: `${name}@example.com`,
      email_verified: true,
      groups,
    },
  ];
  return new Map([account("alice", ["admins", "staff"]), account("bob", ["staff"])]);
}

/** The provider for `issuer`, not yet listening. */
export async function createProvider(
  issuer: string,
  options: IdpOptions,
  accounts: ReadonlyMap<string, IdpAccount>,
  store: IdpStore,
): Promise<OidcProvider> {
  const { Provider } = await importQuietly();
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const day = 86_400;
  return new Provider(issuer, {
    adapter: (model: string) => store.adapter(model),
    clients: (options.clients ?? [publicClient, confidentialClient]).map(clientMetadata),
    jwks: { keys: [{ ...key.export({ format: "jwk" }), kid: "demo-1", use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    scopes: ["openid", "profile", "email", "offline_access"],
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username", "groups"],
      email: ["email", "email_verified"],
    },
    conformIdTokenClaims: false,
    findAccount: (_context: Context, sub: string) => {
      const account = [...accounts.values()].find((candidate) => candidate.sub === sub);
      return account && { accountId: sub, claims: () => account };
    },
    loadExistingGrant: grantAll,
    issueRefreshToken: () => true,
    expiresWithSession: () => false,
    rotateRefreshToken: true,
    clientBasedCORS: () => false,
    pkce: { required: () => true },
    ttl: {
      AccessToken: options.accessTokenSeconds ?? 20,
      AuthorizationCode: 60,
      IdToken: 3600,
      RefreshToken: options.refreshTokenSeconds ?? day,
      Interaction: 3600,
      Session: day,
      Grant: 14 * day,
    },
    interactions: { url: (_context: Context, it: { uid: string }) => `/interaction/${it.uid}` },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: ownTokensOnly },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context: Context, form: string) => {
          context.type = "html";
          context.body = signOutPage(form);
        },
        postLogoutSuccessSource: (context: Context) => {
          context.type = "html";
          context.body = signedOutPage();
        },
      },
      resourceIndicators: { enabled: false },
    },
    renderError: (context: Context, out: { error: string; error_description?: string }) => {
      context.type = "html";
      context.body = errorPage(out.error, out.error_description ?? "");
    },
  });
}

const ownTokensOnly = (
  _context: Context,
  client: { clientId: string },
  token: { clientId: string },
): boolean => client.clientId === token.clientId;

function clientMetadata(client: IdpClient): object {
  return {
    client_id: client.clientId,
    ...(client.clientSecret === undefined
      ? { token_endpoint_auth_method: "none" }
      : { client_secret: client.clientSecret }),
    redirect_uris: ["http://127.0.0.1/unused"],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  };
}

/** Consent is not asked for: everything that was requested is granted. */
async function grantAll(context: Context): Promise<Grant> {
  const { client, session, requestParamScopes, provider } = context.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope([...requestParamScopes].join(" "));
  await grant.save();
  return grant;
}

/** The package warns at its import about every Node release that is not LTS yet. */
async function importQuietly(): Promise<typeof import("oidc-provider")> {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await import("oidc-provider");
  } finally {
    console.warn = warn;
  }
}
