/**
 * The settings of a provider as the configuration hands them over: checked for shape, defaults filled in, secrets read.
 * What only the provider can judge (is the issuer https, can the scopes work) it judges itself when it is built.
 */

/** What a provider's name looks like: it is part of URLs, sealed cookies and audit lines. */
export const providerName = /^[a-z][a-z0-9-]{0,31}$/;
export const providerNameRule =
  'must be lower case letters, digits and "-", a letter first, 32 at most';

/** A client id of the Nous Portal, with the id of the agent's instance as its group. */
export const nousClientId = /^agent:([\x21-\x7e]+)$/;

interface CommonSettings {
  /** Holds to `providerName`. Default: the type. */
  readonly name: string;
  /** What the sign-in button says. */
  readonly displayName: string;
  /** Claims that an `allow` rule names: kept in `Identity.claims`. */
  readonly keepClaims: readonly string[];
}

/** How the client proves itself at the token endpoint: `auto` is none without a secret, else what the issuer advertises, `basic` first. */
export type TokenEndpointAuth = "auto" | "none" | "basic" | "post";

export interface OidcSettings extends CommonSettings {
  readonly type: "oidc";
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Must hold `openid`. Absent: `openid profile email`, with `offline_access` where the issuer advertises it and is no Keycloak. */
  readonly scopes?: readonly string[];
  /** What a bearer's `aud` must hold. Not the client id: that is the audience of id_tokens. Absent: no bearers. */
  readonly audience?: string;
  /** More parameters of the authorization request. May not name one that the protocol sets. */
  readonly extraAuthorizeParams: Readonly<Record<string, string>>;
  /** The claim that lists the groups. Default `groups`. */
  readonly groupsClaim: string;
  /** Seconds an access token lives where neither `expires_in` nor an `exp` says. Default 28800. */
  readonly sessionSeconds: number;
  /** Counts an address without `email_verified` as verified. Default false. */
  readonly trustEmail: boolean;
  /** Default `auto`. */
  readonly tokenEndpointAuth: TokenEndpointAuth;
}

export interface NousSettings extends CommonSettings {
  readonly type: "nous";
  /** Holds to `nousClientId`: `agent:<instance>`. */
  readonly clientId: string;
  /** Default `https://portal.nousresearch.com`. No trailing slash needed. */
  readonly portalUrl: string;
}

export interface GithubSettings extends CommonSettings {
  readonly type: "github";
  readonly clientId: string;
  readonly clientSecret: string;
  /** When not empty, `read:org` is asked for and the person's organisations become their groups, which `session/access` judges. */
  readonly allowOrgs: readonly string[];
  /** Seconds a session lives where GitHub gives a token that does not expire. Default 28800. */
  readonly sessionSeconds: number;
}

/** A provider that a module of the operator's brings. */
export interface ModuleSettings extends CommonSettings {
  readonly type: "module";
  /** Absolute path or `file:` URL of the module; its default export is called with these settings. */
  readonly module: string;
  /** Whatever else stands at the provider in the file, unchecked. */
  readonly options: Readonly<Record<string, unknown>>;
}

export type ProviderSettings = OidcSettings | NousSettings | GithubSettings | ModuleSettings;
