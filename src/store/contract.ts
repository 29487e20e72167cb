/**
 * Short-lived values that must hold across requests, and across processes when the store is shared: tickets, ended
 * sessions, refresh results. Keys are hashes; the store never sees a token in clear.
 */

export interface Store {
  /** Puts a value that lives `ttlMs` milliseconds. */
  put(key: string, value: string, ttlMs: number): Promise<void>;
  /** Puts the value unless the key is there; true when it was put. Atomic. */
  putIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  get(key: string): Promise<string | undefined>;
  /** Gets and deletes in one step: of any number of concurrent takers, one gets the value. */
  take(key: string): Promise<string | undefined>;
  /** Sends a message to every process that shares the store, this one included. */
  publish(channel: string, message: string): Promise<void>;
  subscribe(channel: string, listener: (message: string) => void): void;
  close(): Promise<void>;
}
