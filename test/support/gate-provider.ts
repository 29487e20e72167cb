/** A provider for the tests of the gate: says who signs in, and does at each step what the test tells it. */
import {
  type CompleteLogin,
  type Grant,
  InvalidCode,
  type LoginStart,
  type StartLogin,
} from "../../src/provider/contract.ts";
import { rotatingProvider, type TestProvider } from "./session-parts.ts";
import type { TestRuntime } from "./still-clock.ts";

export interface GateProvider extends TestProvider {
  readonly started: StartLogin[];
  /** Token calls for a code, in order. */
  readonly redeemed: CompleteLogin[];
  /** What the next logins yield, over the first grant's parts. */
  granting: Partial<Grant>;
  /** From now on a login begins, or is completed, with this. */
  onStart: (() => Promise<LoginStart>) | undefined;
  onComplete: (() => Promise<Grant>) | undefined;
}

export interface GateProviderOptions {
  readonly name?: string;
  readonly lifeMs?: number;
  readonly bearers?: (token: string) => Promise<Grant | undefined>;
  readonly endSession?: (idToken: string | undefined, returnTo: string) => Promise<string>;
}

/** Takes the code `good`. Its refresh tokens rotate, without grace. */
export function gateProvider(
  runtime: TestRuntime,
  options: GateProviderOptions = {},
): GateProvider {
  const { bearers, endSession } = options;
  const started: StartLogin[] = [];
  const redeemed: CompleteLogin[] = [];
  return {
    ...rotatingProvider(runtime, options),
    started,
    redeemed,
    granting: {},
    onStart: undefined,
    onComplete: undefined,
    async startLogin(request) {
      started.push(request);
      if (this.onStart !== undefined) return this.onStart();
      const query = new URLSearchParams({ ...request });
      return {
        url: `https://idp.example/authorize?${query}`,
        secrets: { state: request.state, verifier: "v".repeat(43), nonce: "n".repeat(43) },
      };
    },
    async completeLogin(request) {
      redeemed.push(request);
      if (this.onComplete !== undefined) return this.onComplete();
      if (request.params.get("code") !== "good") throw new InvalidCode("no such code");
      return this.login(this.granting);
    },
    ...(bearers !== undefined && { verify: bearers }),
    ...(endSession !== undefined && {
      endSessionUrl: ({ idToken, returnTo }) => endSession(idToken, returnTo),
    }),
  };
}
