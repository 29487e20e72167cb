/** The people of a run: they come one after the other, act until it is over, and leave nothing open. */
import { acts } from "./acts.ts";
import type { Held } from "./held.ts";
import { holdSockets } from "./held-sockets.ts";
import { holdStreams } from "./held-streams.ts";
import { pause } from "./pause.ts";
import { createVisitor, type Visitor, type World } from "./visitor.ts";

export interface Crowd {
  readonly held: Held;
  signedIn(): number;
  /** Resolves when everybody has gone, which they do when the run is over. */
  readonly gone: Promise<void>;
}

export interface CrowdOptions {
  readonly names: readonly string[];
  /** Milliseconds over which they arrive. */
  readonly arriveMs: number;
  /** Milliseconds that a person pauses between two acts, on average. */
  readonly pauseMs: number;
}

/** Lets them in. */
export function gather(world: World, options: CrowdOptions): Crowd {
  const held: Held = { sockets: 0, streams: 0 };
  const visitors = options.names.map((name) => createVisitor(name, world));
  const lives = visitors.map((visitor, index) =>
    live(visitor, world, held, { ...options, index, of: visitors.length }),
  );
  const gone = Promise.all(lives).then(() => undefined);
  return { held, gone, signedIn: () => visitors.filter(({ signedIn }) => signedIn).length };
}

interface Place extends CrowdOptions {
  readonly index: number;
  readonly of: number;
}

async function live(visitor: Visitor, world: World, held: Held, place: Place): Promise<void> {
  const { over } = world;
  await pause((place.arriveMs * place.index) / place.of, over);
  await visitor.enter();
  const beside: Promise<void>[] = [];
  if (place.index % 2 === 0) beside.push(holdSockets(visitor, world, held));
  if (place.index % 4 === 1) beside.push(holdStreams(visitor, world, held));
  await Promise.all([...beside, act(visitor, world, place.pauseMs)]);
  visitor.close();
}

async function act(visitor: Visitor, world: World, pauseMs: number): Promise<void> {
  const { chance, over } = world;
  while (!over.aborted) {
    if (!visitor.signedIn) await visitor.enter();
    const { run, leavesUnread = false } = chance.pick(acts) ?? {};
    await run?.(visitor, world);
    // Now and then somebody looks away for longer than many tokens live; but an answer that was lost is asked for again.
    const looksAway = chance.happens(0.02) && !leavesUnread;
    await pause(looksAway ? 20_000 : chance.between(0.2, 1.8) * pauseMs, over);
  }
}
