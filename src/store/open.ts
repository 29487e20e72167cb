/** Chooses the store that the setting names: the one place that knows which stores there are. */
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { StoreAddress } from "./address.ts";
import type { Store } from "./contract.ts";
import { createMemoryStore } from "./memory.ts";

/** In this process alone, or at an address. */
export type StoreSetting = "memory" | StoreAddress;

/** The setting names a store whose package is not there. */
export class StorePackageMissing extends Error {
  override readonly name = "StorePackageMissing";
}

/** The store. One that is away is tried for a second and then left to come. Fails with StorePackageMissing. */
export async function openStore(
  setting: StoreSetting,
  deps: { readonly runtime: Runtime; readonly log: Log },
): Promise<Store> {
  if (setting === "memory") return createMemoryStore(deps);
  const { openRedisStore } = await loadRedis();
  return openRedisStore({ ...deps, address: setting });
}

async function loadRedis(): Promise<typeof import("./redis.ts")> {
  try {
    return await import("./redis.ts");
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.includes("'ioredis'")) throw cause;
    throw new StorePackageMissing(
      `"store" names a Redis server, and the optional package ioredis is not installed`,
      { cause },
    );
  }
}
