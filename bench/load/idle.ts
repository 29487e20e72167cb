/**
 * A load: very many WebSockets that say nothing. It tells when all are open and waits; then it sends one message on each, and
 * counts those that are lost: closed meanwhile, or without an echo.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { frame } from "./frames.ts";
import { finish, loadOptions, tell, toldToGoOn } from "./script.ts";
import { type OpenSocket, openSocket, type SocketTarget } from "./sockets.ts";

export interface IdleOptions extends SocketTarget {
  readonly sockets: number;
}

export interface IdleResult {
  readonly lost: number;
}

/** Handshakes under way at a time. */
const atATime = 64;
/** Milliseconds that the last echo may take. */
const patienceMs = 20_000;

const options = loadOptions<IdleOptions>();
const open: OpenSocket[] = [];
let left = options.sockets;
await Promise.all(
  Array.from({ length: atATime }, async () => {
    while (left > 0) {
      left -= 1;
      open.push(await openSocket(options));
    }
  }),
);
let closed = 0;
for (const { socket } of open) {
  socket.on("close", () => {
    closed += 1;
  });
}
await tell({ open: open.length });
await toldToGoOn();

const message = frame(64, true);
let echoed = 0;
for (const [at, { socket, onFrame }] of open.entries()) {
  onFrame(() => {
    echoed += 1;
  });
  if (socket.writable) socket.write(message);
  if (at % atATime === 0) await sleep(1);
}
const deadline = performance.now() + patienceMs;
while (echoed + closed < options.sockets && performance.now() < deadline) await sleep(20);
// A reset leaves no port in waiting, of which the next subject would have fewer.
for (const { socket } of open) socket.resetAndDestroy();
await finish({ lost: options.sockets - echoed } satisfies IdleResult);
