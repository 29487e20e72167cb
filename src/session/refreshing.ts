/**
 * Puts the parts of refreshing together: within one process, and where the store is shared over all that share it. With a
 * store of its own a process has none of the sharing, and pays nothing for it.
 */
import type { Store } from "../store/contract.ts";
import { createRefresher, type Refresher } from "./refresh.ts";
import { createRefreshCall, type RefreshCallOptions } from "./refresh-call.ts";
import type { RefreshMemory } from "./refresh-memory.ts";
import type { Sealer } from "./seal.ts";
import type { Session } from "./session.ts";
import { createSharedRefresh } from "./shared-refresh.ts";
import { createSharedResults } from "./shared-results.ts";

export interface RefreshingOptions extends Omit<RefreshCallOptions, "lookAgain"> {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly memory: RefreshMemory;
}

export function createRefreshing(options: RefreshingOptions): Refresher {
  const { store, runtime, memory } = options;
  if (!store.shared) return createRefresher({ call: createRefreshCall(options), runtime, memory });
  const results = createSharedResults(options);
  const lookAgain = (session: Session) => results.read(session).catch(() => undefined);
  const own = createRefreshCall({ ...options, lookAgain });
  const call = createSharedRefresh({ ...options, call: own, results, onRotated: memory.tell });
  return createRefresher({ call, runtime, memory, shown: results.shown });
}
