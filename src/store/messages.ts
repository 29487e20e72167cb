/**
 * What a process and the holder of the store that it shares say to each other over a channel of messages. Plain values alone: they
 * are copied from process to process.
 */

/** An operation of the Store; `subscribe` without its listener, who is told by StoreNews. */
export type StoreRequest =
  | {
      readonly op: "put" | "putIfAbsent" | "prolong";
      readonly key: string;
      readonly value: string;
      readonly ttlMs: number;
    }
  | { readonly op: "get"; readonly key: string }
  | { readonly op: "take"; readonly key: string }
  | {
      readonly op: "publish";
      readonly channel: string;
      readonly message: string;
      readonly keepMs: number;
    }
  | { readonly op: "subscribe"; readonly channel: string };

/** What the operation resolves to. */
export type StoreAnswer = string | boolean | undefined;

/** Messages of a channel, in order. */
export interface StoreNews {
  readonly channel: string;
  readonly messages: readonly string[];
}
