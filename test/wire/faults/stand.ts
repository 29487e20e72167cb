/**
 * Where the faults happen: a client, the gate as a process of its own, the way to the upstream, and an upstream whose next answer
 * is a script of the test. Each part can fail by itself, and the gate is asked afterwards whether anything is left.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { eventually } from "../../support/eventually.ts";
import type { Message } from "../../support/message.ts";
import { type RawClient, rawClient, requestText } from "../../support/raw-client.ts";
import { answerText, rawUpstream, type UpstreamConnection } from "../../support/upstream.ts";
import { type GateProcess, startGateProcess } from "./gate-process.ts";
import { type Link, type Middle, startMiddle } from "./middle.ts";
import type { Tally } from "./tally.ts";

/** What the upstream does with a request for `/cell`. When it resolves, the connection is ready for the next request. */
export type Play = (connection: UpstreamConnection, head: Message) => Promise<void> | void;

export interface Stand {
  readonly gate: GateProcess;
  readonly middle: Middle;
  /** Sets what the upstream does next. */
  play(script: Play): void;
  client(): Promise<RawClient>;
  /** The lines of a request of somebody signed in, with these after the first. */
  request(start: string, ...fields: readonly string[]): string;
  /** The newest link, and the upstream's end of it, as soon as both are there. */
  newest(): Promise<{ readonly link: Link; readonly upstream: UpstreamConnection }>;
  /** Asks the gate for a page over a new connection, which it must get. */
  asks(): Promise<void>;
  /** Asks for what never comes, until the gate gives up: the response time-out has then passed. */
  waits(): Promise<void>;
  /** Resolves when the gate holds what it held at the start, and nothing more. */
  isAsBefore(): Promise<void>;
}

/** Starts all parts; they end with the test. */
export async function startStand(t: TestContext): Promise<Stand> {
  let script: Play = () => {};
  const connections = new Map<number | undefined, UpstreamConnection>();

  async function serve(connection: UpstreamConnection): Promise<void> {
    connections.set(connection.socket.remotePort, connection);
    for (;;) {
      const head = await connection.requestHead();
      if (head.start.includes("/cell")) await script(connection, head);
      else if (head.start.includes("/ok")) connection.send(answerText("ok"));
      else await connection.closing();
    }
  }
  const upstream = await rawUpstream(t, serve, { halfOpen: true });
  const middle = await startMiddle(t, upstream.port);
  const gate = await startGateProcess(t, `127.0.0.1:${middle.port}`);
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
    connections.clear();
  }

  letGo();
  await eventually("the sign-in is over", async () => (await gate.tally()).sockets === 0);
  const atStart: Tally = await gate.tally();

  return {
    ...{ gate, middle, client, request },
    play: (next) => {
      script = next;
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
      letGo();
      let now: unknown;
      try {
        await eventually("nothing is left", async () => {
          now = { ...(await gate.tally()), ...(await gate.gauges()) };
          return isSame(now, { ...atStart, ...idle });
        });
      } catch {
        assert.deepEqual(now, { ...atStart, ...idle });
      }
    },
  };
}

const idle = { http_requests_in_flight: 0, ws_connections: 0, event_streams: 0 };

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
