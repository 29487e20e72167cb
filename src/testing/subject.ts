/** What the suite has to be given, and the faults of a token endpoint that it tries on each provider. */
import type { Provider } from "../provider/contract.ts";

/** A service with two people, and a provider that talks to it. */
export interface ProviderSubject {
  readonly provider: Provider;
  readonly userIds: readonly [alice: string, bob: string];
  /** Seconds that access tokens live. */
  readonly accessTokenSeconds: number;
  /** What a person does: from the authorization URL to the callback. */
  signIn(url: string, person: "alice" | "bob"): Promise<URL>;
  tokenCalls(): number;
  /** Answers token calls with this until called with nothing. */
  fail(fault?: { readonly status: number; readonly body?: unknown }): void;
  revokeAll(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Cases that a provider cannot meet, each with the reason. */
export interface SkippedCases {
  /** It gives no refresh tokens. */
  readonly refresh?: string;
  /** Its refresh tokens stay the same, or an old one stays good. */
  readonly rotation?: string;
}

/** Answers that say nothing of a code or a refresh token, and whether they blame our own settings. */
export const tokenFaults = [
  { name: "500", fault: { status: 500 }, misconfigured: false },
  {
    name: "503 that names invalid_grant",
    fault: { status: 503, body: { error: "invalid_grant" } },
    misconfigured: false,
  },
  { name: "429", fault: { status: 429, body: { error: "slow_down" } }, misconfigured: false },
  {
    name: "429 that names invalid_grant",
    fault: { status: 429, body: { error: "invalid_grant" } },
    misconfigured: false,
  },
  { name: "302", fault: { status: 302 }, misconfigured: false },
  { name: "404", fault: { status: 404 }, misconfigured: false },
  { name: "200 without tokens", fault: { status: 200, body: {} }, misconfigured: false },
  { name: "200 with a list", fault: { status: 200, body: [1] }, misconfigured: false },
  {
    name: "401 invalid_client",
    fault: { status: 401, body: { error: "invalid_client" } },
    misconfigured: true,
  },
  { name: "401 without a word", fault: { status: 401 }, misconfigured: true },
];
