/**
 * The connections to the upstream for plain HTTP: the one that was used last is used first, the others close when they have been idle
 * for long. Time is counted in ticks of one timer for all, so that a request neither sets a timer nor reads the clock.
 */
import type { OnReadOpts } from "node:net";
import type { UpstreamOptions } from "../contract.ts";
import { createDial } from "../dial.ts";
import { AnswerFault } from "./answer-fault.ts";
import { type AnswerHandler, type Ask, Connection, type ConnectionOwner } from "./connection.ts";

export type ConnectionsOptions = Pick<
  UpstreamOptions,
  "address" | "connectTimeoutMs" | "responseTimeoutMs" | "ca"
>;

export interface Connections {
  /**
   * Sends a request on a free connection, or a new one; on a new one in any case when `fresh`. Returns the connection, for as long as the
   * handler has heard of no end; undefined when none is opened any more, and the handler has heard that.
   */
  send(ask: Ask, handler: AnswerHandler, fresh: boolean): Connection | undefined;
  /** Lets what runs finish, and opens no more. Resolves when all are closed. */
  close(): Promise<void>;
}

/** Milliseconds for which an idle connection is kept when the upstream does not say: less than what servers use to wait. */
const usualKeepAliveMs = 4000;
/** By so much earlier than the upstream's own time, or a request might meet its closing (S86). */
const keepAliveMarginMs = 1000;
const maxKeepAliveMs = 600_000;
const maxTickMs = 500;
const minTickMs = 10;
const readBytes = 65_536;

export function createConnections(options: ConnectionsOptions): Connections {
  const { responseTimeoutMs } = options;
  const dial = createDial(options);
  const all = new Set<Connection>();
  let free: Connection[] = [];
  let ticks = 0;
  let ticking: NodeJS.Timeout | undefined;
  let closing: PromiseWithResolvers<void> | undefined;
  const tickMs =
    responseTimeoutMs === 0
      ? maxTickMs
      : Math.max(minTickMs, Math.min(maxTickMs, responseTimeoutMs / 8));
  const answerTicks = Math.ceil(responseTimeoutMs / tickMs);
  // What is read is passed on or copied before the next read, so one buffer serves all; but Windows reads ahead into it.
  const shared = process.platform === "win32" ? undefined : Buffer.allocUnsafeSlow(readBytes);

  const owner: ConnectionOwner = {
    get ticks() {
      return ticks;
    },
    onFree(connection) {
      if (closing !== undefined || idleMs(connection) <= 0) {
        connection.destroy();
        return;
      }
      connection.since = ticks;
      free.push(connection);
    },
    onDying: leaveFree,
    onClosed(connection) {
      all.delete(connection);
      leaveFree(connection);
      if (all.size > 0) return;
      clearInterval(ticking);
      ticking = undefined;
      closing?.resolve();
    },
  };

  function leaveFree(connection: Connection): void {
    const at = free.indexOf(connection);
    if (at !== -1) free.splice(at, 1);
  }

  function open(): Connection {
    const buffer = shared ?? Buffer.allocUnsafeSlow(readBytes);
    const onread: OnReadOpts = {
      buffer,
      callback(count) {
        connection.feed(buffer, 0, count);
        return true;
      },
    };
    const socket = dial.open(false, onread);
    const connection = new Connection(owner, socket, dial.established);
    if (dial.established === "secureConnect") {
      socket.on("data", (bytes: Buffer) => connection.feed(bytes, 0, bytes.length));
    }
    all.add(connection);
    ticking ??= setInterval(tick, tickMs).unref();
    return connection;
  }

  function tick(): void {
    ticks += 1;
    for (const connection of all) connection.sweep(answerTicks);
    const overdue = free.filter(
      (connection) => (ticks - connection.since) * tickMs >= idleMs(connection),
    );
    if (overdue.length === 0) return;
    const leaving = new Set(overdue);
    free = free.filter((connection) => !leaving.has(connection));
    for (const connection of overdue) connection.destroy();
  }

  return {
    send(ask, handler, fresh) {
      if (closing !== undefined) {
        handler.onFault(
          new AnswerFault("CONNECTIONS_CLOSED", "the gate is stopping"),
          "unanswered",
        );
        return undefined;
      }
      const connection = (fresh ? undefined : free.pop()) ?? open();
      connection.send(ask, handler);
      return connection;
    },
    close() {
      if (closing !== undefined) return closing.promise;
      closing = Promise.withResolvers();
      if (all.size === 0) closing.resolve();
      for (const connection of [...free]) connection.destroy();
      free = [];
      return closing.promise;
    },
  };
}

function idleMs({ keepAliveMs }: Connection): number {
  if (keepAliveMs === undefined) return usualKeepAliveMs;
  return Math.min(maxKeepAliveMs, keepAliveMs - keepAliveMarginMs);
}
