/**
 * The wait for the upstream's answer to an upgrade, of which exactly one ending happens: an answer, an error, the time, or the
 * client's leaving. Whoever settles it first acts; the others find it settled.
 */
import type { Duplex } from "node:stream";

export interface Wait {
  /** True for the first caller; all listeners and timers of the wait are gone then. */
  settle(): boolean;
  /** Calls this when the wait settles; at once when it has. */
  whenSettled(undo: () => void): void;
}

export interface WaitOptions {
  readonly socket: Duplex;
  /** Milliseconds until `onLate`. */
  readonly timeoutMs: number;
  readonly onLate: () => void;
  /** The client has closed or ended its side. What it sends meanwhile stays unread (S79). */
  readonly onGone: () => void;
}

export function createWait({ socket, timeoutMs, onLate, onGone }: WaitOptions): Wait {
  const timer = setTimeout(onLate, timeoutMs);
  let undos: (() => void)[] | undefined = [];
  function look(): void {
    // Reads nothing but the end: only so does a paused stream notice it.
    if (socket.readableLength === 0) socket.read();
  }
  socket.on("readable", look).on("end", onGone).on("close", onGone);

  return {
    settle() {
      if (undos === undefined) return false;
      const due = undos;
      undos = undefined;
      clearTimeout(timer);
      socket.off("readable", look).off("end", onGone).off("close", onGone);
      for (const undo of due) undo();
      return true;
    },
    whenSettled(undo) {
      if (undos === undefined) undo();
      else undos.push(undo);
    },
  };
}
