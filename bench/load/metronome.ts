/** A thread that beats time: timers of an event loop are a millisecond apart at best, which is as much as what is measured. */
import { parentPort, workerData } from "node:worker_threads";

const { microseconds } = workerData as { readonly microseconds: number };
const still = new Int32Array(new SharedArrayBuffer(4));
for (;;) {
  Atomics.wait(still, 0, 0, microseconds / 1000);
  parentPort?.postMessage(0);
}
