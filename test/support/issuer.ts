/**
 * An OpenID issuer that says what a test wants it to: real keys and signatures behind a `fetch` of its own, under a clock
 * that stands still until it is moved. For what no honest provider ever answers.
 */
import {
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";
import { type Fetch, nodeRuntime, type Runtime } from "../../src/base/runtime.ts";

export interface IssuerRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: URLSearchParams;
}

export interface Issuer {
  readonly url: string;
  readonly clientId: string;
  readonly fetch: Fetch;
  readonly runtime: Runtime;
  /** Seconds since the epoch, as the runtime has it. */
  readonly now: () => number;
  advance(seconds: number): void;
  /** Every request so far. */
  readonly requests: IssuerRequest[];
  count(path: string): number;
  /** Paths that do not answer. `""` is all of them. */
  readonly down: Set<string>;
  /** Paths that are answered as others. */
  readonly aliases: Map<string, string>;
  /** Discovery's answer. Change it at will. */
  readonly metadata: Record<string, unknown>;
  /** The published keys. Change them at will. */
  jwks: { keys: object[] };
  /** The token endpoint's answer. */
  tokens: unknown;
  tokenStatus: number;
  userinfo: unknown;
  userinfoStatus: number;
  /** A good id_token, but for what is given; an undefined claim is left out. */
  sign(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** Makes the key that signs from here on. Not published. */
  newKey(kid: string): Promise<object>;
}

/** Making an RSA key takes longer than a whole test: the first one is every issuer's. */
const firstPair = generateKeyPair("RS256");

export async function createIssuer(): Promise<Issuer> {
  const url = "https://idp.example";
  let nowMs = 1_800_000_000_000;
  let signing = { kid: "key-1", pair: await firstPair };
  const seconds = () => nowMs / 1000;

  const issuer: Issuer = {
    url,
    clientId: "hermes-gate",
    runtime: { now: () => nowMs, randomBytes: nodeRuntime.randomBytes },
    now: seconds,
    advance: (by) => {
      nowMs += by * 1000;
    },
    requests: [],
    count: (path) => issuer.requests.filter((request) => request.path === path).length,
    down: new Set(),
    aliases: new Map(),
    metadata: {
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
      id_token_signing_alg_values_supported: ["RS256"],
    },
    jwks: { keys: [] },
    tokens: {},
    tokenStatus: 200,
    userinfo: {},
    userinfoStatus: 200,
    newKey: async (kid) => {
      signing = { kid, pair: await generateKeyPair("RS256") };
      return publish(signing);
    },
    sign: (claims = {}, header = {}) => {
      const all = {
        iss: url,
        aud: issuer.clientId,
        sub: "user-1",
        iat: seconds(),
        exp: seconds() + 300,
        nonce: "the-nonce",
        ...claims,
      };
      const full = { alg: "RS256", kid: signing.kid, ...header };
      return new SignJWT(all as JWTPayload)
        .setProtectedHeader(full as JWTHeaderParameters)
        .sign(signing.pair.privateKey);
    },
    fetch: async (target, init) => {
      const { pathname, origin } = new URL(target);
      issuer.requests.push({
        path: pathname,
        method: init.method ?? "GET",
        headers: init.headers ?? {},
        form: new URLSearchParams(init.body ?? ""),
      });
      if (origin !== url || issuer.down.has(pathname) || issuer.down.has("")) {
        throw new TypeError("connect ECONNREFUSED");
      }
      const answers: Record<string, [number, unknown]> = {
        "/.well-known/openid-configuration": [200, issuer.metadata],
        "/jwks": [200, issuer.jwks],
        "/token": [issuer.tokenStatus, issuer.tokens],
        "/userinfo": [issuer.userinfoStatus, issuer.userinfo],
        "/revoke": [200, {}],
      };
      const [status, body] = answers[issuer.aliases.get(pathname) ?? pathname] ?? [404, {}];
      return Response.json(body, { status });
    },
  };
  issuer.jwks = { keys: [await publish(signing)] };
  return issuer;
}

async function publish(key: { kid: string; pair: GenerateKeyPairResult }): Promise<object> {
  return { ...(await exportJWK(key.pair.publicKey)), kid: key.kid, alg: "RS256", use: "sig" };
}
