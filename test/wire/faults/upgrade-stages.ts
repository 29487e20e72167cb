/** The stages of a WebSocket upgrade, from half a handshake to a tunnel that closes. The frames are written byte by byte. */
import assert from "node:assert/strict";
import { acceptOf } from "../../../src/proxy/handshake.ts";
import { eventually } from "../../support/eventually.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { requestText } from "../../support/raw-client.ts";
import type { UpstreamConnection } from "../../support/upstream.ts";
import { type Actor, failLink, failSide, type Scene, type Stage } from "./cell.ts";
import type { Link } from "./middle.ts";
import type { Play, Stand } from "./stand.ts";

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const switching = requestText([
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Accept: ${acceptOf(key)}`,
]);
/** Latin-1 text of a text frame; a client's is masked with zeros, which leaves the payload readable. */
const down = "\x81\x09all of it";
const up = "\x81\x89\0\0\0\0all of it";
const closeDown = "\x88\x02\x03\xe8";
const closeUp = "\x88\x82\0\0\0\0\x03\xe8";

/** A handshake of whoever has this cookie line. Default: the stand's. */
export function handshakeOf(stand: Stand, cookie = stand.cookie): string {
  return requestText([
    "GET /cell HTTP/1.1",
    `Host: ${stand.gate.host}`,
    cookie,
    `Origin: http://${stand.gate.host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
  ]);
}

async function opens(client: RawClient): Promise<void> {
  assert.equal((await client.answer()).start, "HTTP/1.1 101 Switching Protocols");
}

/** Plays an upstream that takes the handshake and sends a frame. */
export const opening: Play = (connection) => connection.send(switching + down);

/** What `opening` sends. */
export async function wholeOpening({ client }: Pick<Scene, "client">): Promise<void> {
  await opens(client);
  assert.equal(await client.until("all of it"), down);
}

/** Whether a frame still passes each way. */
async function passes(client: RawClient, upstream: UpstreamConnection): Promise<void> {
  assert.equal(await client.until("all of it"), down);
  client.send(up);
  assert.match(await upstream.until("all of it"), /all of it$/);
}

/** A client that has sent so much of its handshake; nobody has been asked yet. */
async function before(stand: Stand, part: number): Promise<Scene> {
  const client = await stand.client();
  const handshake = handshakeOf(stand);
  const cut = Math.floor(handshake.length * part);
  client.send(handshake.slice(0, cut));
  return {
    ...{ client, more: handshake.slice(cut) },
    whole: () => assert.fail("no row lets it go on"),
    fail(actor, fault) {
      if (actor === "client") failSide(client, fault);
      else if (actor === "connection") stand.meet({ link: (link) => failLink(link, fault) });
      else stand.meet({ upstream: (connection) => failSide(connection, fault) });
    },
  };
}

interface Tunnel extends Scene {
  readonly link: Link;
  readonly upstream: UpstreamConnection;
}

/** A handshake that the upstream has read, and to which it has said so much. */
async function asked(
  stand: Stand,
  said: string,
  { cookie = stand.cookie }: { readonly cookie?: string } = {},
): Promise<Tunnel> {
  const reached = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  stand.play(async (connection) => {
    connection.send(said);
    reached.resolve();
    await over.promise;
  });
  const client = await stand.client();
  client.send(handshakeOf(stand, cookie));
  await reached.promise;
  const { link, upstream } = await stand.newest();
  await eventually("it is on its way", () => link.broughtDown >= said.length);
  return {
    ...{ client, link, upstream, rest: switching.slice(said.length) + down },
    async whole() {
      await opens(client);
      await passes(client, upstream);
    },
  };
}

/** A tunnel through which these bytes have passed. */
async function open(
  stand: Stand,
  { sent, said, cookie = stand.cookie }: { sent: string; said: string; cookie?: string },
): Promise<Tunnel> {
  const scene = await asked(stand, switching + said, { cookie });
  const { client, upstream } = scene;
  await opens(client);
  client.send(sent);
  await client.bytes(said.length);
  await upstream.bytes(sent.length);
  return {
    ...scene,
    rest: down.slice(said.length),
    async whole() {
      const rest = await client.bytes(down.length - said.length);
      assert.equal(said + rest.toString("latin1"), down);
      client.send(up.slice(sent.length));
      await upstream.until("of it");
    },
  };
}

/** One side has said goodbye and ended; the other has seen it and is about to do the same. */
async function closing(stand: Stand, first: Actor): Promise<Tunnel> {
  const scene = await open(stand, { sent: closeUp, said: closeDown });
  const { client, upstream } = scene;
  if (first === "client") client.socket.end();
  else upstream.socket.end();
  assert.equal(await (first === "client" ? upstream : client).closing(), "end");
  return scene;
}

/** A tunnel in mid-frame whose session has just ended: the gate waits for a boundary, to say so there. */
async function ended(stand: Stand): Promise<Tunnel> {
  const cookie = await stand.gate.cookieLine();
  const scene = await open(stand, { sent: "", said: down.slice(0, 5), cookie });
  const leaving = await stand.client();
  const origin = `Origin: http://${stand.gate.host}`;
  const out = ["POST /auth/logout HTTP/1.1", `Host: ${stand.gate.host}`, cookie, origin];
  leaving.send(requestText([...out, "Content-Length: 0"]));
  assert.equal((await leaving.answer()).start, "HTTP/1.1 200 OK");
  return scene;
}

const stages = {
  beforeHandshake: {
    name: "before the handshake is whole",
    reach: (stand) => before(stand, 0.5),
  },
  waiting: {
    name: "while the 101 is waited for",
    reach: (stand) => asked(stand, ""),
  },
  inAnswerHead: {
    name: "in the head of the 101",
    reach: (stand) => asked(stand, switching.slice(0, 40)),
  },
  idle: {
    name: "on an open WebSocket that is idle",
    reach: (stand) => open(stand, { sent: "", said: "" }),
  },
  inFrame: {
    name: "in mid-frame",
    reach: (stand) => open(stand, { sent: up.slice(0, 8), said: down.slice(0, 5) }),
  },
  closing: {
    name: "while a WebSocket closes that the other side has ended",
    reach: (stand, actor) => closing(stand, actor === "client" ? "upstream" : "client"),
  },
  ended: {
    name: "in mid-frame of a session that was signed out",
    reach: (stand) => ended(stand),
  },
} as const satisfies Record<string, Stage>;

export const upgradeStages: Readonly<Record<keyof typeof stages, Stage>> = stages;
