/**
 * Where the faults happen: a client, the gate as a process of its own, the way to the upstream, and an upstream whose next answer
 * is a script of the test. Each part can fail by itself, and the gate is asked afterwards whether anything is left.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { eventually } from "../../support/eventually.ts";
import type { Message } from "../../support/message.ts";
import { type RawClient, rawClient, requestText } from "../../support/raw-client.ts";
import { answerText, rawUpstream, type UpstreamConnection } from "../../support/upstream.ts";
import { type GateProcess, startGateProcess } from "./gate-process.ts";
import { type Link, type Middle, startMiddle } from "./middle.ts";
import type { Tally } from "./tally.ts";
import { startTlsFront, type TlsFront } from "./tls-front.ts";

/** What the upstream does with a request for `/cell`. When it resolves, the connection is ready for the next request. */
export type Play = (connection: UpstreamConnection, head: Message) => Promise<void> | void;

export interface Meeting {
  readonly link?: (link: Link) => void;
  readonly upstream?: (connection: UpstreamConnection) => void;
}

export interface StandOptions {
  /** The upstream speaks TLS. Default false. */
  readonly tls?: boolean;
}

export interface Stand {
  readonly gate: GateProcess;
  readonly middle: Middle;
  /** What ends TLS for the upstream, when there is TLS. */
  readonly front: TlsFront | undefined;
  /** Sets what the upstream does next. */
  play(script: Play): void;
  /** Sets what happens to the next connections before a byte of them is looked at. */
  meet(next: Meeting): void;
  client(): Promise<RawClient>;
  /** The `Cookie:` line of somebody signed in. */
  readonly cookie: string;
  /** The lines of a request of somebody signed in, with these after the first. */
  request(start: string, ...fields: readonly string[]): string;
  /** The newest link, and the upstream's end of it, as soon as both are there. */
  newest(): Promise<{ readonly link: Link; readonly upstream: UpstreamConnection }>;
  /** Asks the gate for a page over a new connection, which it must get. */
  asks(): Promise<void>;
  /** Asks for what never comes, until the gate gives up: the response time-out has then passed. */
  waits(): Promise<void>;
  /** Closes every connection of the clients and of the upstream. */
  letGo(): void;
  /** Resolves when the gate holds what it held at the start, and nothing more. To be asked when all are let go. */
  isAsBefore(): Promise<void>;
}

/** Starts all parts; they end with the test. */
export async function startStand(
  t: TestContext,
  { tls = false }: StandOptions = {},
): Promise<Stand> {
  let script: Play = () => {};
  let meeting: Meeting = {};
  const connections = new Map<number | undefined, UpstreamConnection>();

  async function serve(connection: UpstreamConnection): Promise<void> {
    connections.set(connection.socket.remotePort, connection);
    meeting.upstream?.(connection);
    for (;;) {
      const head = await connection.requestHead();
      if (head.start.includes("/cell")) await script(connection, head);
      else if (head.start.includes("/ok")) connection.send(answerText("ok"));
      else await connection.closing();
    }
  }
  const upstream = await rawUpstream(t, serve, { halfOpen: true });
  const front = tls ? await startTlsFront(t, upstream.port) : undefined;
  const entry = front?.port ?? upstream.port;
  const middle = await startMiddle(t, entry, (link) => meeting.link?.(link));
  const gate =
    front === undefined
      ? await startGateProcess(t, `127.0.0.1:${middle.port}`)
      : await startGateProcess(t, `https://localhost:${middle.port}`, { ca_file: front.caFile });
  const cookie = await gate.cookieLine();
  const clients = new Set<Socket>();

  function request(start: string, ...fields: readonly string[]): string {
    return requestText([`${start} HTTP/1.1`, `Host: ${gate.host}`, cookie, ...fields]);
  }

  async function client(): Promise<RawClient> {
    const made = await rawClient(t, gate.port);
    clients.add(made.socket);
    return made;
  }

  async function ask(path: string): Promise<string> {
    const asking = await client();
    asking.send(request(`GET ${path}`));
    const { start } = await asking.answer();
    asking.socket.destroy();
    return start;
  }

  function letGo(): void {
    for (const socket of clients) socket.destroy();
    clients.clear();
    middle.clear();
    for (const { socket } of connections.values()) socket.destroy();
    connections.clear();
    meeting = {};
  }

  letGo();
  await eventually("the sign-in is over", async () => (await gate.tally()).sockets === 0);
  const atStart: Tally = await gate.tally();

  return {
    ...{ gate, middle, front, client, cookie, request, letGo },
    play: (next) => {
      script = next;
    },
    meet: (next) => {
      meeting = next;
    },
    async newest() {
      let found: { link: Link; upstream: UpstreamConnection } | undefined;
      await eventually("the gate has connected to the upstream", () => {
        const link = middle.links.at(-1);
        const reached = link && connections.get(link.port);
        if (link !== undefined && reached !== undefined) found = { link, upstream: reached };
        return found !== undefined;
      });
      return found ?? assert.fail();
    },
    async asks() {
      assert.equal(await ask("/ok"), "HTTP/1.1 200 OK");
    },
    async waits() {
      assert.equal(await ask("/never"), "HTTP/1.1 504 Gateway Timeout");
    },
    async isAsBefore() {
      // One after the other, for whoever reads the gauges is a connection too.
      await settles("no stream and no request is open", gate.gauges, idle);
      await settles("the gate holds what it held before", gate.tally, atStart);
    },
  };
}

const idle = { http_requests_in_flight: 0, ws_connections: 0, event_streams: 0 };

/** Looks until the value is this one. Fails with the difference. */
async function settles(what: string, look: () => Promise<unknown>, wanted: unknown) {
  let now: unknown;
  const same = async () => {
    now = await look();
    return isDeepStrictEqual(now, wanted);
  };
  await eventually(what, same).catch(() => assert.deepEqual(now, wanted, what));
}
