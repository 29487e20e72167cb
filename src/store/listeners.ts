/** Who listens to which channel of a store. Every kind of store hands its messages out alike, so the list is kept here once. */

export interface Listeners {
  add(channel: string, listener: (message: string) => void): void;
  /** Calls the channel's listeners with the message, in the order in which they were added. */
  tell(channel: string, message: string): void;
  /** The channels that have a listener, the first that was added first. */
  channels(): readonly string[];
  clear(): void;
}

export function createListeners(): Listeners {
  const byChannel = new Map<string, ((message: string) => void)[]>();
  return {
    add(channel, listener) {
      byChannel.set(channel, [...(byChannel.get(channel) ?? []), listener]);
    },
    tell(channel, message) {
      for (const listener of byChannel.get(channel) ?? []) listener(message);
    },
    channels: () => [...byChannel.keys()],
    clear: () => byChannel.clear(),
  };
}
