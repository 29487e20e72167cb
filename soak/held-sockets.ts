/** WebSockets that echo, one after the other: most by a new ticket each, some by cookie. Each outlives many access tokens. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { WebSocket } from "ws";
import { keepCookies } from "./acts.ts";
import { type Held, overstay } from "./held.ts";
import type { Seen } from "./ledger.ts";
import { pause } from "./pause.ts";
import { seen, type Visitor, type World } from "./visitor.ts";

/** Opens one socket after the other until the run is over. */
export async function holdSockets(visitor: Visitor, world: World, held: Held): Promise<void> {
  const { chance, over, outages } = world;
  while (!over.aborted) {
    const { signedIn, visits } = visitor;
    if (signedIn && !outages.away("upstream")) {
      const query = chance.happens(0.8) ? await mintTicket(visitor, world) : "";
      // A ticket of a session that ended meanwhile is no use.
      if (query !== undefined && visitor.visits === visits) {
        await holdSocket(visitor, world, held, query);
      }
    }
    await pause(chance.between(200, 2000), over);
  }
}

async function mintTicket(visitor: Visitor, { stage }: World): Promise<string | undefined> {
  const { browser } = visitor;
  let query: string | undefined;
  await visitor.perform("ticket", ["200"], async () => {
    const headers = { origin: stage.url, "sec-fetch-site": "same-origin" };
    const ask = { method: "POST", headers };
    const answer = await browser.fetch(`${stage.url}/api/auth/ws-ticket`, ask);
    if (answer.status === 200) query = `?ticket=${JSON.parse(answer.text).ticket}`;
    return seen(visitor, answer);
  });
  return query;
}

/** Echoes on one socket for a while, then closes it in order. */
function holdSocket(visitor: Visitor, world: World, held: Held, query: string): Promise<unknown> {
  const { stage, chance, over } = world;
  const lasts = chance.between(2000, 45_000);
  return visitor.perform(
    query === "" ? "socket by cookie" : "socket by ticket",
    ["1000"],
    async () => {
      const socket = visitor.browser.socket(`${stage.url}/ws/echo${query}`);
      socket.on("upgrade", (answer) => keepCookies(visitor, stage.url, answer));
      const closed = new AbortController();
      const done = AbortSignal.any([over, closed.signal]);
      const ended = endOf(socket).finally(() => closed.abort());
      held.sockets += 1;
      const isOpen = () => socket.readyState === socket.OPEN;
      const wrong = await Promise.race([
        talk(socket, world, world.now() + lasts, done),
        overstay(visitor, done, isOpen),
      ]);
      if (over.aborted || wrong !== undefined) socket.terminate();
      else socket.close(1000);
      const end = await ended;
      held.sockets -= 1;
      return over.aborted ? { status: "1000" } : { ...end, wrong };
    },
  );
}

/** Sends and compares until it is time or the socket has ended; what went wrong, or undefined. */
async function talk(
  socket: WebSocket,
  { chance, now }: World,
  until: number,
  done: AbortSignal,
): Promise<string | undefined> {
  await once(socket, "open", { signal: done }).catch(() => undefined);
  while (now() < until && !done.aborted) {
    const size = chance.happens(0.1) ? 65_536 : chance.between(1, 2000);
    const sent = randomBytes(Math.round(size));
    const signal = AbortSignal.any([done, AbortSignal.timeout(10_000)]);
    const back = once(socket, "message", { signal });
    socket.send(sent);
    const [data] = await back.catch(() => [undefined]);
    if (data === undefined && !done.aborted) return "nothing came back in 10 s";
    if (data !== undefined && !sent.equals(data)) return "another message came back";
    await pause(chance.between(300, 1500), done);
  }
  return undefined;
}

/** The close code, the status of a refused upgrade, or `broken`. */
function endOf(socket: WebSocket): Promise<Seen> {
  return new Promise((resolve) => {
    socket.on("unexpected-response", (request, response) => {
      request.destroy();
      resolve({ status: String(response.statusCode) });
    });
    socket.on("error", (error) => resolve({ status: "broken", detail: error.message }));
    socket.on("close", (code, reason) =>
      resolve({ status: String(code), detail: reason.toString() }),
    );
  });
}
