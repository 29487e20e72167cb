/**
 * The connections to the upstream for plain HTTP. Two pools: one keeps its connections, the other makes each anew, for the one
 * repetition of a request whose kept connection turned out to be dead. Which deaths are of that kind is decided here,
 * where the sockets are known: an upstream that takes a fresh connection and drops it has seen the request (S86, S87).
 */
import { errors, Pool } from "undici";
import type { UpstreamOptions } from "./contract.ts";
import { createDial } from "./dial.ts";

export type PoolOptions = Pick<
  UpstreamOptions,
  "address" | "connectTimeoutMs" | "responseTimeoutMs" | "connections" | "ca"
>;

export interface Pools {
  readonly kept: Pool;
  readonly fresh: Pool;
  /** True when the error is the death of a connection that had served another request before. */
  diedIdle(error: unknown): boolean;
  /**
   * True while a connection's error is being told. undici takes a reset for the end of an answer that told no length; who
   * hears of such an end must take it for a break (S87).
   */
  readonly breaking: boolean;
  /** Lets what runs finish, then closes all. */
  close(): Promise<void>;
}

/** Bytes of an answer's header at most. */
const maxAnswerHead = 65536;

const deathCodes: ReadonlySet<unknown> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

export function createPools(options: PoolOptions): Pools {
  const dial = createDial(options);
  const deaths = new WeakSet<object>();
  let breaking = false;

  function connect(_place: unknown, callback: ConnectCallback): void {
    const socket = dial.open(false);
    let waiting = true;
    // The first listener: undici's own, which end the answer, run within the same turn and before the microtask.
    socket.on("error", (error) => {
      breaking = true;
      queueMicrotask(() => {
        breaking = false;
      });
      if (socket.bytesRead > 0) deaths.add(error);
      if (waiting) callback(error, null);
      waiting = false;
    });
    socket.once(dial.established, () => {
      waiting = false;
      callback(null, socket);
    });
  }

  const settings: Pool.Options = {
    connect,
    connections: options.connections === 0 ? null : options.connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: options.responseTimeoutMs,
    // Event streams and long polls may be silent for as long as they like (S83).
    bodyTimeout: 0,
    maxHeaderSize: maxAnswerHead,
  };
  const kept = new Pool(options.address.origin, settings);
  const fresh = new Pool(options.address.origin, settings);

  return {
    kept,
    fresh,
    get breaking() {
      return breaking;
    },
    diedIdle(error) {
      if (!(error instanceof Error) || !("code" in error) || !deathCodes.has(error.code))
        return false;
      if (deaths.has(error)) return true;
      return error instanceof errors.SocketError && (error.socket?.bytesRead ?? 0) > 0;
    },
    async close() {
      await Promise.all([kept.close(), fresh.close()]);
    },
  };
}

type ConnectCallback = (
  ...outcome:
    | [error: null, socket: ReturnType<ReturnType<typeof createDial>["open"]>]
    | [error: Error, socket: null]
) => void;
