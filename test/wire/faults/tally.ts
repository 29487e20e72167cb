/** What a process holds: handles by kind, open sockets, and the listeners on all that lives long. Equal tallies mean no leak. */
import assert from "node:assert/strict";
import { subscribe } from "node:diagnostics_channel";
import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";

export interface Tally {
  /** Handles that keep the process alive, by Node's name for their kind. */
  readonly handles: Readonly<Record<string, number>>;
  /** Sockets that were opened or taken, and are not closed. */
  readonly sockets: number;
  /** On the process, on the servers and on the open sockets. */
  readonly listeners: number;
}

/** Begins to follow; to be called before the first server listens. */
export function createTally(): () => Tally {
  // Node opens these handles when somebody first looks at them: from now on, and not in the middle.
  for (const stream of [process.stdout, process.stderr]) assert.ok(stream.writable);
  const sockets = new Set<Socket>();
  const servers = new Set<EventEmitter>();
  const followSocket = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  subscribe("net.client.socket", followSocket);
  subscribe("net.server.socket", followSocket);
  subscribe("tracing:net.server.listen:asyncStart", (message) => {
    const { server } = message as { readonly server: EventEmitter };
    servers.add(server);
  });

  return () => {
    const handles: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) {
      // What is to happen in this very turn is no handle that anybody keeps.
      if (kind !== "Immediate" && kind !== "TickObject") handles[kind] = (handles[kind] ?? 0) + 1;
    }
    let listeners = 0;
    for (const emitter of [process, ...servers, ...sockets]) listeners += listenersOf(emitter);
    return { handles, sockets: sockets.size, listeners };
  };
}

function listenersOf(emitter: EventEmitter): number {
  let count = 0;
  for (const name of emitter.eventNames()) count += emitter.listenerCount(name);
  return count;
}
