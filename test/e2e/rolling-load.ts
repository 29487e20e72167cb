/** People at work while gates restart: a steady rate of requests, and WebSockets that are opened again when they are closed. */
import { once } from "node:events";
import type { WebSocket } from "ws";
import type { Answer, Ask, Browser } from "../support/browser.ts";

export interface Load {
  /** How many requests were answered. */
  answered(): number;
  /** Each request without a good answer, in words. */
  readonly failures: string[];
  /** Resolves when no more are sent and all are answered. */
  stop(): Promise<void>;
}

/** One of ten sends a body, which no proxy may send twice. */
const shapes: readonly { readonly path: string; readonly ask?: Ask }[] = [
  { path: "/api/upload", ask: { method: "POST", body: "a body of some bytes" } },
  ...Array.from({ length: 8 }, () => ({ path: "/api/whoami" })),
  { path: "/api/download?bytes=100000" },
];

/** Requests at a time, at most: a machine that is busy with other things would only pile them up. */
const maxUnder = 64;

/** Sends so many requests a second, whether the ones before were answered or not, up to `maxUnder` at a time. */
export function startLoad(browser: Browser, url: string, perSecond: number): Load {
  const failures: string[] = [];
  const under = new Set<Promise<void>>();
  const started = performance.now();
  let sent = 0;
  let answered = 0;

  async function send(at: number): Promise<void> {
    const shape = shapes[at % shapes.length];
    if (shape === undefined) return;
    const what = `${shape.ask?.method ?? "GET"} ${shape.path}`;
    const headers = { origin: url, "sec-fetch-site": "same-origin" };
    try {
      const answer: Answer = await browser.fetch(`${url}${shape.path}`, { ...shape.ask, headers });
      if (answer.status === 200) answered += 1;
      else failures.push(`${what}: ${answer.status} after ${at} requests`);
    } catch (error) {
      failures.push(`${what}: ${String(error)} after ${at} requests`);
    }
  }

  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    for (; sent < due && under.size < maxUnder; sent += 1) {
      const turn = send(sent).finally(() => under.delete(turn));
      under.add(turn);
    }
  }, 5);
  return {
    answered: () => answered,
    failures,
    async stop() {
      clearInterval(timer);
      await Promise.all(under);
    },
  };
}

export interface Watcher {
  /** The code of each close so far. */
  readonly codes: number[];
  /** Attempts to open that did not reach the dashboard. */
  readonly lost: string[];
  isOpen(): boolean;
  close(): void;
}

/** A page that keeps a socket open: after a close it comes back within a second, and once only for each. */
export async function watch(open: () => WebSocket): Promise<Watcher> {
  const codes: number[] = [];
  const lost: string[] = [];
  let socket: WebSocket;
  let done = false;

  async function connect(): Promise<void> {
    socket = open();
    let reached = false;
    socket.on("error", (error) => lost.push(error.message));
    socket.once("close", (code) => {
      if (done) return;
      if (!reached) lost.push(`closed ${code} before it was open`);
      codes.push(code);
      setTimeout(() => void connect().catch(() => undefined), 250 + Math.random() * 750);
    });
    await once(socket, "message");
    reached = true;
  }

  await connect();
  return {
    codes,
    lost,
    isOpen: () => socket.readyState === socket.OPEN,
    close() {
      done = true;
      socket.close();
    },
  };
}
