/**
 * The store of several processes, in Redis 6.2 or newer, or Valkey. Each operation is one command or one script, so it is
 * atomic without a transaction. Loaded only when the setting names such a store: its package is optional.
 */
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { StoreAddress } from "./address.ts";
import type { Store } from "./contract.ts";
import { createOutage } from "./outage.ts";
import { createChannels } from "./redis-channels.ts";
import { connect, keyPrefix, settled } from "./redis-connection.ts";

export interface RedisStoreOptions {
  readonly address: StoreAddress;
  readonly runtime: Runtime;
  readonly log: Log;
  /** Messages kept in one channel at most; beyond it those go that would be kept for the shortest time. Default 100000. */
  readonly maxKept?: number;
}

const prolongIfHeld = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

/** The store, connected or, when it is away, still trying: that is an error in the log and no failure to start. */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { address, runtime, log, maxKept = 100_000 } = options;
  const { password, shown: place } = address;
  const outage = createOutage({ place, password, runtime, log });
  const commands = connect(address, outage.failed);
  const listening = connect(address, outage.failed);
  commands.on("ready", outage.worked);
  const onError = outage.failed;
  const channels = createChannels({ commands, listening, runtime, maxKept, onError });
  await Promise.all([settled(commands), settled(listening)]);

  /** Fails with StoreUnavailable. */
  async function ask<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      outage.worked();
      return value;
    } catch (error) {
      throw outage.failed(error);
    }
  }

  return {
    shared: true,
    async put(key, value, ttlMs) {
      await ask(commands.set(keyOf(key), value, "PX", wholeMs(ttlMs)));
    },
    async putIfAbsent(key, value, ttlMs) {
      const answer = await ask(commands.set(keyOf(key), value, "PX", wholeMs(ttlMs), "NX"));
      return answer === "OK";
    },
    async get(key) {
      return (await ask(commands.get(keyOf(key)))) ?? undefined;
    },
    async take(key) {
      return (await ask(commands.getdel(keyOf(key)))) ?? undefined;
    },
    async prolong(key, value, ttlMs) {
      const left = Math.ceil(ttlMs);
      return (await ask(commands.eval(prolongIfHeld, 1, keyOf(key), value, left))) === 1;
    },
    publish: (channel, message, keepMs) => ask(channels.publish(channel, message, keepMs)),
    subscribe: channels.subscribe,
    async close() {
      channels.close();
      commands.disconnect();
      listening.disconnect();
    },
  };
}

function keyOf(key: string): string {
  return `${keyPrefix}${key}`;
}

/** Redis takes whole milliseconds, from 1 on. */
function wholeMs(ttlMs: number): number {
  return Math.max(1, Math.ceil(ttlMs));
}
