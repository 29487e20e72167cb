/**
 * What the author of a provider module gets (contract 6): the types, and a kit of the parts that the gate's own providers are
 * made of. The kit is handed over and not imported, since a module may lie anywhere and the gate knows an error by its class:
 * that of another copy of this package would be a stranger.
 */
import { randomToken } from "../base/secret.ts";
import { ask, formPost } from "./ask.ts";
import { challengeOf, readCallback } from "./code-flow.ts";
import {
  InvalidCode,
  LoginRefused,
  type Provider,
  ProviderUnavailable,
  RefreshExpired,
} from "./contract.ts";
import { type ProviderDeps, SettingsRefused } from "./deps.ts";
import type { ModuleSettings } from "./settings.ts";
import { expiryOf, readTokenAnswer } from "./token-answer.ts";

export const providerKit = {
  InvalidCode,
  LoginRefused,
  RefreshExpired,
  ProviderUnavailable,
  SettingsRefused,
  randomToken,
  challengeOf,
  readCallback,
  ask,
  formPost,
  readTokenAnswer,
  expiryOf,
} as const;

export type ProviderKit = typeof providerKit;

/**
 * What a module exports by default. When it throws, the provider is left out and the message is the reason that the operator
 * reads; SettingsRefused is the error for a setting that cannot work.
 */
export type ProviderFactory = (
  settings: ModuleSettings,
  deps: ProviderDeps,
  kit: ProviderKit,
) => Provider | Promise<Provider>;

export type { Fetch, FetchInit, Runtime } from "../base/runtime.ts";
export type * from "./contract.ts";
export type { ProviderDeps } from "./deps.ts";
export type { ModuleSettings } from "./settings.ts";
export type { TokenAnswer, TokenOutcome } from "./token-answer.ts";
