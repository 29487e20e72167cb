/**
 * The one bounded map (S94): every entry expires, and a full map gives up the entry that would expire soonest, so that no
 * flood of keys grows the process. The order is kept in a binary heap beside the map: a hit costs one lookup and one
 * comparison, a change the logarithm of the size.
 */

export interface ExpiringMap<V> {
  /** Undefined when there is none or it has expired. */
  get(key: string): V | undefined;
  /** Puts the value until `expiresAt`, in milliseconds since the epoch. One that has expired already only removes the old. */
  set(key: string, value: V, expiresAt: number): void;
  /** Removes the entry and returns its value; undefined when there was none or it had expired. */
  take(key: string): V | undefined;
  clear(): void;
  /** The keys that have not expired. */
  keys(): readonly string[];
  /** Entries held, those counted too that have expired and were not yet dropped. */
  readonly size: number;
}

interface Entry<V> {
  readonly key: string;
  value: V;
  expiresAt: number;
  /** Where the entry stands in the heap. */
  slot: number;
}

/** An empty map of at most `capacity` entries. `now` is the clock, in milliseconds since the epoch. */
export function createExpiringMap<V>(capacity: number, now: () => number): ExpiringMap<V> {
  const entries = new Map<string, Entry<V>>();
  const heap: Entry<V>[] = [];

  function place(entry: Entry<V>, slot: number): void {
    heap[slot] = entry;
    entry.slot = slot;
  }

  function rise(entry: Entry<V>): void {
    for (;;) {
      const above = (entry.slot - 1) >> 1;
      const parent = heap[above];
      if (above < 0 || parent === undefined || parent.expiresAt <= entry.expiresAt) return;
      place(parent, entry.slot);
      place(entry, above);
    }
  }

  function sink(entry: Entry<V>): void {
    for (;;) {
      const left = heap[2 * entry.slot + 1];
      const right = heap[2 * entry.slot + 2];
      const child =
        right !== undefined && left !== undefined && right.expiresAt < left.expiresAt
          ? right
          : left;
      if (child === undefined || child.expiresAt >= entry.expiresAt) return;
      const { slot } = entry;
      place(entry, child.slot);
      place(child, slot);
    }
  }

  function remove(entry: Entry<V>): void {
    entries.delete(entry.key);
    const last = heap.pop();
    if (last === undefined || last === entry) return;
    place(last, entry.slot);
    rise(last);
    sink(last);
  }

  function dropExpired(time: number): void {
    for (let first = heap[0]; first !== undefined && first.expiresAt <= time; first = heap[0]) {
      remove(first);
    }
  }

  return {
    get(key) {
      const entry = entries.get(key);
      return entry !== undefined && now() < entry.expiresAt ? entry.value : undefined;
    },
    set(key, value, expiresAt) {
      const old = entries.get(key);
      if (old !== undefined) remove(old);
      const time = now();
      dropExpired(time);
      if (expiresAt <= time) return;
      if (heap.length >= capacity && heap[0] !== undefined) remove(heap[0]);
      const entry = { key, value, expiresAt, slot: heap.length };
      entries.set(key, entry);
      heap.push(entry);
      rise(entry);
    },
    take(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      remove(entry);
      return now() < entry.expiresAt ? entry.value : undefined;
    },
    clear() {
      entries.clear();
      heap.length = 0;
    },
    keys() {
      dropExpired(now());
      return [...entries.keys()];
    },
    get size() {
      return entries.size;
    },
  };
}
