/** A load: some WebSockets, on each of which one message is on its way at any time. */
import { performance } from "node:perf_hooks";
import { percentile } from "../statistics.ts";
import { frame } from "./frames.ts";
import { finish, loadOptions } from "./script.ts";
import { type OpenSocket, openSocket, type SocketTarget } from "./sockets.ts";

export interface EchoOptions extends SocketTarget {
  readonly connections: number;
  /** Bytes of a message. */
  readonly size: number;
  readonly seconds: number;
}

export interface EchoResult {
  readonly units: number;
  readonly seconds: number;
  /** Milliseconds from sending a message to having its echo. */
  readonly p50: number;
  readonly p99: number;
}

const options = loadOptions<EchoOptions>();
const sockets = await Promise.all(
  Array.from({ length: options.connections }, () => openSocket(options)),
);
const message = frame(options.size, true);
const times: number[] = [];
const startedAt = performance.now();
const endsAt = startedAt + options.seconds * 1000;
await Promise.all(sockets.map(playOn));
const seconds = (performance.now() - startedAt) / 1000;
await finish({
  units: times.length,
  seconds,
  p50: percentile(times, 0.5),
  p99: percentile(times, 0.99),
} satisfies EchoResult);

function playOn({ socket, onFrame }: OpenSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = performance.now();
    socket.on("close", () => reject(new Error("a socket was lost")));
    onFrame(() => {
      const now = performance.now();
      times.push(now - sentAt);
      if (now >= endsAt) {
        resolve();
        return;
      }
      sentAt = now;
      socket.write(message);
    });
    socket.write(message);
  });
}
