/**
 * Messages between processes over Redis. PUBLISH reaches only those who listen at that moment, and a process that was cut off
 * for a second would never know who signed out meanwhile (S68). So what must be known is kept in a sorted set beside the
 * channel, and each connection, the first and every later one, subscribes and then reads the set.
 */
import type { Redis } from "ioredis";
import type { Runtime } from "../base/runtime.ts";
import type { Store } from "./contract.ts";
import { createListeners } from "./listeners.ts";
import { keyPrefix } from "./redis-connection.ts";

export interface Channels extends Pick<Store, "publish" | "subscribe"> {
  close(): void;
}

export interface ChannelOptions {
  /** For everything but listening. */
  readonly commands: Redis;
  /** Takes no other command once it listens. */
  readonly listening: Redis;
  readonly runtime: Runtime;
  /** Messages kept in one channel; beyond it those go that would be kept for the shortest time (S94). */
  readonly maxKept: number;
  readonly onError: (error: unknown) => void;
}

const pageSize = 1000;
/** How often it is tried whether the listening connection still lives: nothing else is ever sent on it. */
const beatMs = 2000;

const publishKept = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[5])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return redis.call('PUBLISH', KEYS[2], ARGV[1])`;

export function createChannels(options: ChannelOptions): Channels {
  const { commands, listening, runtime, maxKept, onError } = options;
  const listeners = createListeners();

  /** Listens first and reads then, so that no message falls in between. */
  async function join(channel: string): Promise<void> {
    try {
      await listening.subscribe(keyPrefix + channel);
      await hearKept(channel);
    } catch (error) {
      startAnew(error);
    }
  }

  /** SCAN gives everything that was there all the time, whatever is added and removed meanwhile. */
  async function hearKept(channel: string): Promise<void> {
    const now = runtime.now();
    let cursor = "0";
    do {
      const [next, page] = await commands.zscan(keptKey(channel), cursor, "COUNT", pageSize);
      for (let index = 0; index < page.length; index += 2) {
        if (Number(page[index + 1]) > now) listeners.tell(channel, page[index] ?? "");
      }
      cursor = next;
    } while (cursor !== "0");
  }

  /** A connection that is up and may have missed something is given up: the next one joins from the beginning. */
  function startAnew(error: unknown): void {
    onError(error);
    if (listening.status === "ready") listening.disconnect(true);
  }

  listening.on("message", (name, message) => {
    listeners.tell(name.slice(keyPrefix.length), message);
  });
  listening.on("ready", () => {
    for (const channel of listeners.channels()) void join(channel);
  });
  const beat = setInterval(() => {
    const [first] = listeners.channels();
    if (first === undefined || listening.status !== "ready") return;
    // To subscribe again changes nothing, and is answered.
    listening.subscribe(keyPrefix + first).catch(startAnew);
  }, beatMs).unref();

  return {
    async publish(channel, message, keepMs) {
      const name = keyPrefix + channel;
      if (keepMs <= 0) {
        await commands.publish(name, message);
        return;
      }
      const now = runtime.now();
      const keep = Math.ceil(keepMs);
      const values = [message, now, now + keep, keep, maxKept];
      await commands.eval(publishKept, 2, keptKey(channel), name, ...values);
    },
    async subscribe(channel, listener) {
      listeners.add(channel, listener);
      if (listening.status === "ready") await join(channel);
    },
    close() {
      clearInterval(beat);
      listeners.clear();
    },
  };
}

function keptKey(channel: string): string {
  return `${keyPrefix}kept:${channel}`;
}
