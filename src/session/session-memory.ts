/**
 * What a process knows of sessions beyond their cookies: which have ended, what their refreshes gave, which sign-ins have had
 * their callback. One for as long as the process runs: settings may change under way, and none of this may be lost by it.
 */
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { Store } from "../store/contract.ts";
import { createEndedSessions, type EndedSessions } from "./ended.ts";
import { createRefreshMemory, type RefreshMemory } from "./refresh-memory.ts";
import { createUsedLogins } from "./used-logins.ts";

export interface SessionMemory {
  readonly ended: EndedSessions;
  readonly refreshes: RefreshMemory;
  /** True the first time for a login's state; false for as long as its cookie lives. Never fails. */
  readonly claimLogin: (state: string) => Promise<boolean>;
}

/** Seconds that a login cookie lives, and that its state is remembered. */
export const loginSeconds = 600;

/** An empty memory, which hears from here on what other processes tell through the store. */
export function createSessionMemory(options: {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
}): SessionMemory {
  const ended = createEndedSessions(options);
  const refreshes = createRefreshMemory(options.runtime, options.store);
  ended.onEnd(refreshes.forget);
  const claimLogin = createUsedLogins({ ...options, lifetimeMs: loginSeconds * 1000 });
  return { ended, refreshes, claimLogin };
}
