/**
 * A load at a constant rate, whatever the answers do: a request is due when it is due. Its latency counts from then, so that
 * one slow answer also shows in the requests that had to wait behind it (coordinated omission, which closed loops hide). A pause of
 * its own is nobody's latency: it makes next to no garbage, and where the machine holds it up, what falls due meanwhile is put off.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { percentile } from "../statistics.ts";
import { createAnswerCounter } from "./answers.ts";
import { createSchedule } from "./schedule.ts";
import { finish, loadOptions } from "./script.ts";
import { requestHead, type SocketTarget } from "./sockets.ts";

export interface OpenLoopOptions extends SocketTarget {
  readonly connections: number;
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface OpenLoopResult {
  /** Requests a second that were answered. */
  readonly rate: number;
  /** Milliseconds from when a request was due to the end of its answer. */
  readonly p50: number;
  readonly p99: number;
  /** Of the time, 0 to 1, in which this process was held up. */
  readonly heldUp: number;
}

/**
 * Seconds at the same rate before anything counts: this process is young then, and at thousands of requests a second what its
 * compiler and its connections need in the first tenths is more than one request in a hundred, and so all of the p99.
 */
const warmUpSeconds = 2;

const options = loadOptions<OpenLoopOptions>();
const request = Buffer.from(requestHead("GET", options), "latin1");
const warmUp = Math.floor(options.rate * warmUpSeconds);
const total = warmUp + Math.floor(options.rate * options.seconds);
const latencies = new Float64Array(total - warmUp);
const free: Connection[] = [];
let next = 0;
let answered = 0;

interface Connection {
  readonly socket: Socket;
  /** Which request it carries, and when that was due. */
  number: number;
  due: number;
  readonly isAnswered: (bytes: Buffer) => boolean;
}

const { hostname, port } = new URL(options.origin);
await Promise.all(Array.from({ length: options.connections }, open));
const metronome = new Worker(new URL("metronome.ts", import.meta.url), {
  workerData: { microseconds: 200 },
});
await once(metronome, "message");
const startedAt = performance.now();
const schedule = createSchedule({ startsAt: startedAt, rate: options.rate });
metronome.on("message", sendDue);

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafeSlow(16_384);
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer,
        callback(count) {
          take(connection, buffer.subarray(0, count));
          return true;
        },
      },
    });
    const connection: Connection = { socket, number: 0, due: 0, isAnswered: createAnswerCounter() };
    socket.once("connect", () => {
      free.push(connection);
      resolve();
    });
    socket.on("error", reject);
    socket.on("close", () => fail("a connection was lost"));
  });
}

function sendDue(): void {
  const now = performance.now();
  schedule.look(now);
  while (next < total && schedule.dueAt(next) <= now) {
    const connection = free.pop();
    if (connection === undefined) return;
    connection.number = next;
    connection.due = schedule.dueAt(next);
    next += 1;
    connection.socket.write(request);
  }
}

function take(connection: Connection, bytes: Buffer): void {
  try {
    if (!connection.isAnswered(bytes)) return;
  } catch (error) {
    fail(String(error));
  }
  const now = performance.now();
  if (connection.number >= warmUp) latencies[connection.number - warmUp] = now - connection.due;
  answered += 1;
  free.push(connection);
  if (answered < total) {
    sendDue();
    return;
  }
  void finish({
    rate: (total / (now - startedAt)) * 1000,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    heldUp: schedule.heldUp() / (now - startedAt),
  } satisfies OpenLoopResult);
}

function fail(why: string): never {
  console.error(`${options.origin}${options.path}: ${why}`);
  process.exit(1);
}
