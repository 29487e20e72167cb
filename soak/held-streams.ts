/** Event streams, one after the other. The dashboard sends an event twice a second: a stream that falls silent is broken too. */
import type { IncomingMessage } from "node:http";
import { keepCookies } from "./acts.ts";
import { type Held, overstay } from "./held.ts";
import type { Seen } from "./ledger.ts";
import { pause } from "./pause.ts";
import type { Visitor, World } from "./visitor.ts";

const silenceMs = 5000;

/** Opens one event stream after the other until the run is over. */
export async function holdStreams(visitor: Visitor, world: World, held: Held): Promise<void> {
  const { chance, over, outages } = world;
  while (!over.aborted) {
    if (visitor.signedIn && !outages.away("upstream")) await holdStream(visitor, world, held);
    await pause(chance.between(500, 3000), over);
  }
}

function holdStream(visitor: Visitor, world: World, held: Held): Promise<unknown> {
  const { stage, chance, over, now } = world;
  const lasts = chance.between(3000, 40_000);
  return visitor.perform("event stream", ["200"], async () => {
    const message = await visitor.browser.stream(`${stage.url}/api/events`);
    keepCookies(visitor, stage.url, message);
    if (message.statusCode !== 200) {
      message.resume();
      return { status: String(message.statusCode) };
    }
    held.streams += 1;
    let last = now();
    message.on("data", () => {
      last = now();
    });
    const closed = new AbortController();
    const done = AbortSignal.any([over, closed.signal]);
    const ended = endOf(message).finally(() => closed.abort());
    const end = await Promise.race([
      ended,
      pause(lasts, done).then((): Seen | Promise<Seen> =>
        closed.signal.aborted ? ended : { status: "200" },
      ),
      overstay(visitor, done, () => !message.destroyed).then((wrong) => ({ status: "200", wrong })),
    ]);
    closed.abort();
    message.destroy();
    held.streams -= 1;
    const silent = Math.round(now() - last);
    const isSilent = end.status === "200" && silent > silenceMs;
    return isSilent ? { ...end, wrong: `silent for ${silent} ms` } : end;
  });
}

function endOf(message: IncomingMessage): Promise<Seen> {
  return new Promise((resolve) => {
    message.once("end", () => resolve({ status: "ended" }));
    message.on("error", (error) => resolve({ status: "broken", detail: error.message }));
    message.once("close", () => resolve({ status: "broken" }));
  });
}
