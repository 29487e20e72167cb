/**
 * Short-lived values that must hold across requests, and across processes when the store is shared: tickets, ended
 * sessions, refresh results. Keys are hashes; the store never sees a token in clear.
 */

export interface Store {
  /** Other processes may hold the same store: what is put here must be readable, and only readable, by all of them. */
  readonly shared: boolean;
  /** Puts a value that lives `ttlMs` milliseconds. */
  put(key: string, value: string, ttlMs: number): Promise<void>;
  /** Puts the value unless the key is there; true when it was put. Atomic. */
  putIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  get(key: string): Promise<string | undefined>;
  /** Gets and deletes in one step: of any number of concurrent takers, one gets the value. */
  take(key: string): Promise<string | undefined>;
  /** Lets the key live `ttlMs` from now if it holds exactly this value, 0 deletes it; true when it held it. Atomic. */
  prolong(key: string, value: string, ttlMs: number): Promise<boolean>;
  /**
   * Sends a message to every process that shares the store, this one included. Kept for `keepMs`, 0 is not at all: a process
   * that joins or comes back in that time hears it then, perhaps for the second time.
   */
  publish(channel: string, message: string, keepMs: number): Promise<void>;
  /**
   * Hears the channel from here on, outages in between notwithstanding. Resolves when what was kept has been heard, or the
   * store turned out to be away. Never fails.
   */
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  close(): Promise<void>;
}

/**
 * The store did not do what it was asked: it is away, too slow, or refuses. Whether it was done is not known. Everything of a
 * shared store but `subscribe` and `close` may fail with it; the message holds no value, key or password.
 */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}
