/** Chooses the store that the setting names: the one place that knows which stores there are. */
import type { Runtime } from "../base/runtime.ts";
import type { Store } from "./contract.ts";
import { createMemoryStore } from "./memory.ts";

/** The store of this name. Fails with an Error for the operator when there is none of that name. */
export function openStore(name: string, runtime: Runtime): Store {
  if (name === "memory") return createMemoryStore({ runtime });
  // What follows the scheme may hold a password.
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(name)?.[0];
  const found = scheme === undefined ? JSON.stringify(name) : `a ${scheme}: address`;
  throw new Error(
    `"store" must be memory, got ${found}. Leave the setting out or set it to memory`,
  );
}
