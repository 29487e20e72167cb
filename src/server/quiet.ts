/**
 * When a gate that stops may close what a proxy may be writing to just now. A close that crosses a request loses it: the proxy
 * asks the next gate for a GET, and may not send a POST twice (RFC 9110, 9.2.2).
 */
import type { Socket } from "node:net";

/** Turns of the event loop in a row that must be quiet, and the milliseconds that each may take. */
const quietTurns = 4;
const quietMs = 0.1;

/** How much longer they may be for each millisecond without them: 10 ms in the end, where the machine is starved. */
const yielding = 0.005;

/** Milliseconds for which they are waited for, at most. */
const longestWaitMs = 2000;

/**
 * Resolves right after turns of the event loop that found no connection to take and nothing else to do: libuv takes one a
 * turn. What the system has taken for a listener and nobody has accepted is reset by its close, with a POST that is on it.
 * After `limitMs`, and two seconds at most, it resolves all the same.
 */
export async function nobodyWaits(accepted: () => number, limitMs: number): Promise<void> {
  const longest = Math.min(limitMs, longestWaitMs);
  const started = performance.now();
  let quiet = 0;
  for (let waited = 0; waited < longest && quiet < quietTurns; ) {
    const before = accepted();
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now() - started;
    const isQuiet = accepted() === before && now - waited < quietMs + waited * yielding;
    quiet = isQuiet ? quiet + 1 : 0;
    waited = now;
  }
}

/**
 * Idle connections are kept until so many looks, so many milliseconds apart, have seen nothing come in on any connection. A
 * proxy may be sending a request on one just now, and would not send a POST again elsewhere; each that is answered is told to
 * close, so a busy proxy runs out of them. Looks and not a time: a process that stood still has seen nothing.
 */
const quietLooks = 5;
const lookMs = 100;

/** Calls at each look after so many quiet ones, while it stays quiet and until the returned function is called. */
export function whenQuiet(sockets: ReadonlySet<Socket>, call: () => void): () => void {
  let before = received(sockets);
  let quiet = 0;
  function look(): void {
    const now = received(sockets);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    if (quiet >= quietLooks) call();
  }
  // After the turn has read what is there: a connection with an unread request looks idle, and its close is a reset.
  const timer = setInterval(() => setImmediate(look), lookMs);
  return () => clearInterval(timer);
}

/** Bytes that have come in on these. It changes when one of them is closed, too. */
function received(sockets: ReadonlySet<Socket>): number {
  let sum = 0;
  for (const socket of sockets) sum += socket.bytesRead;
  return sum;
}
