/**
 * What an identity provider is to the gate (contract 6). A provider turns codes and tokens into Grants and says, by the
 * class of the error, which failure is which: "not mine" is a value (undefined), a dead code or refresh token is
 * InvalidCode or RefreshExpired, and "cannot tell" is ProviderUnavailable, which never ends a session. Anything else
 * thrown is a bug.
 */

/** Who a person is, as the provider vouches for it. */
export interface Identity {
  /** Stable id at the provider: `sub`. */
  readonly userId: string;
  readonly email?: string;
  /** True when the provider has verified the address, or is marked as trusted for it. */
  readonly emailVerified: boolean;
  readonly displayName?: string;
  /** `preferred_username`, the login name. */
  readonly username?: string;
  readonly orgId?: string;
  readonly groups: readonly string[];
  /** The claims that an `allow` rule of the configuration names, and no others. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Hash of the login's nonce, for the provider alone: an id_token that comes at a refresh may not carry another (S63). */
  readonly nonceHash?: string;
}

/** What a successful login, refresh or verification yields. */
export interface Grant {
  readonly identity: Identity;
  /** Milliseconds since the epoch at which the access token expires. */
  readonly expiresAt: number;
  readonly accessToken: string;
  /** Absent when the provider gave none; a refresh without one keeps the old. */
  readonly refreshToken?: string;
  /** The raw id_token of the login or refresh, where there was one: the hint of RP-initiated logout. */
  readonly idToken?: string;
}

/** The secrets of one login under way. They wait in the sealed login cookie and nowhere else (S42). */
export interface LoginSecrets {
  readonly state: string;
  readonly verifier?: string;
  readonly nonce?: string;
}

export interface LoginStart {
  /** Where the browser is sent. */
  readonly url: string;
  readonly secrets: LoginSecrets;
}

export interface Provider {
  /** Lower case, stable: part of cookies, URLs and audit lines. */
  readonly name: string;
  readonly displayName: string;
  /** `state` is made by the caller and goes out as it is. Fails with ProviderUnavailable. */
  startLogin(request: StartLogin): Promise<LoginStart>;
  /** Redeems the code. The caller has already matched `state`. Fails with InvalidCode, LoginRefused or ProviderUnavailable. */
  completeLogin(request: CompleteLogin): Promise<Grant>;
  /** Fails with RefreshExpired or ProviderUnavailable. Never sends the token twice (S61). */
  refresh(request: RefreshRequest): Promise<Grant>;
  /** The grant of an access token presented as bearer; undefined when it is not this provider's, or not good. Fails with ProviderUnavailable. */
  verify?(accessToken: string): Promise<Grant | undefined>;
  /** RFC 7009. Best effort: fails with ProviderUnavailable. */
  revoke?(refreshToken: string): Promise<void>;
  /** The URL of RP-initiated logout; undefined when the provider advertises none. */
  endSessionUrl?(request: {
    readonly idToken?: string;
    readonly returnTo: string;
  }): Promise<string | undefined>;
}

export interface StartLogin {
  readonly redirectUri: string;
  /** The unguessable value that ties the answer to this login (RFC 6749, 10.12); the secrets carry it too. */
  readonly state: string;
}

export interface CompleteLogin {
  /** The callback's query parameters, each at most once. */
  readonly params: URLSearchParams;
  readonly secrets: LoginSecrets;
  readonly redirectUri: string;
}

export interface RefreshRequest {
  readonly refreshToken: string;
  /** The identity of the session: kept when the answer brings no id_token. The subject must stay the same. */
  readonly identity: Identity;
}

/** The code was not accepted, or what came for it did not validate. The login failed; nothing else is touched. */
export class InvalidCode extends Error {
  override readonly name = "InvalidCode";
  /** The code was good, but a token that came for it is larger than the gate reads: the person is told so. */
  readonly tooLarge: boolean;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly tooLarge?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.tooLarge = options.tooLarge ?? false;
  }
}

/** The provider sent the browser back with an `error`. `providerText` is shown escaped and cut, after the state has matched (S48). */
export class LoginRefused extends Error {
  override readonly name = "LoginRefused";
  readonly providerCode: string;
  readonly providerText: string | undefined;

  constructor(providerCode: string, providerText?: string) {
    super(`the provider answered ${providerCode}`);
    this.providerCode = providerCode;
    this.providerText = providerText;
  }
}

/** The refresh token is dead, or belongs to somebody else now. The session ends. */
export class RefreshExpired extends Error {
  override readonly name = "RefreshExpired";
}

/** The provider could not be asked, or did not give an answer that decides. Sessions are kept. */
export class ProviderUnavailable extends Error {
  override readonly name = "ProviderUnavailable";
  /** The answer blames our own settings (`invalid_client`, `invalid_scope`): logged as an error with the mend. */
  readonly misconfigured: boolean;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly misconfigured?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.misconfigured = options.misconfigured ?? false;
  }
}
