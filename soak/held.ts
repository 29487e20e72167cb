/** What the things that visitors keep open have in common: they are counted, they outlive tokens, and a sign-out closes them. */
import { pause } from "./pause.ts";
import type { Visitor } from "./visitor.ts";

/** How many are open, for the progress line. */
export interface Held {
  sockets: number;
  streams: number;
}

const patienceMs = 3000;

/**
 * Waits until the person signs out and then a little longer. Resolves with what is wrong when the thing is still open then;
 * not at all when it has closed. `done` ends the wait.
 */
export async function overstay(
  visitor: Pick<Visitor, "departures">,
  done: AbortSignal,
  isOpen: () => boolean,
): Promise<string> {
  const { departures } = visitor;
  while (visitor.departures === departures && !done.aborted) await pause(500, done);
  await pause(patienceMs, done);
  if (isOpen() && !done.aborted) return `open ${patienceMs / 1000} s after the sign-out`;
  return new Promise(() => {});
}
