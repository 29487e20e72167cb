/**
 * A connection to Redis that fails fast: a request waits half a second for the store and not for its return. The library
 * would queue commands while the server is away and send them again later; a lock or a ticket that is late is worse than none.
 */
import { Redis } from "ioredis";
import type { StoreAddress } from "./address.ts";

/** Begins the name of every key and channel: a server may have other users. */
export const keyPrefix = "hermes-gate:";

const commandTimeoutMs = 500;
const connectTimeoutMs = 1000;
/** After so long without a word to a command a connection is dead, whatever the system says of it, and another is made. */
const deadAfterMs = 1500;
const maxRetryDelayMs = 1000;

/** Connects, and goes on trying for as long as it is not disconnected. */
export function connect(address: StoreAddress, onError: (error: Error) => void): Redis {
  const { host, port, username, password, database, tls } = address;
  const client = new Redis({
    host,
    port,
    db: database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    // The older protocol is spoken by everything that has GETDEL: Redis from 6.2 on, and Valkey.
    protocol: 2,
    connectionName: "hermes-gate",
    disableClientInfo: true,
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    socketTimeout: deadAfterMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: (times) => Math.min(times * 100, maxRetryDelayMs),
  });
  // Without a listener the library writes to standard error.
  client.on("error", onError);
  return client;
}

/** Resolves at the first success or failure to connect, at the latest after the time for connecting and one command. */
export function settled(client: Redis): Promise<void> {
  if (client.status === "ready") return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(limit);
      client.off("ready", done);
      client.off("close", done);
      resolve();
    };
    const limit = setTimeout(done, connectTimeoutMs + commandTimeoutMs);
    client.once("ready", done);
    client.once("close", done);
  });
}
