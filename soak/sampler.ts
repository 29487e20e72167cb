/** Looks at the gate's process while a run goes on: memory often, the collected heap now and then. */
import { collectedHeap, residentBytes } from "./gate-memory.ts";
import { pause } from "./pause.ts";
import type { Sample } from "./trend.ts";

export interface Memory {
  readonly resident: Sample[];
  readonly heap: Sample[];
}

export interface SamplerOptions {
  readonly pid: number;
  readonly inspectPort: number;
  /** Seconds since the start of the run. */
  readonly seconds: () => number;
  /** Seconds between two collections. */
  readonly heapEvery: number;
  readonly over: AbortSignal;
}

/** Fills `memory` until the run is over. Fails when the gate's process is gone. */
export async function watchMemory(memory: Memory, options: SamplerOptions): Promise<void> {
  const { pid, inspectPort, seconds, heapEvery, over } = options;
  let nextHeap = heapEvery;
  while (!over.aborted) {
    const bytes = residentBytes(pid);
    if (bytes === undefined) throw new Error("the gate's process has ended");
    memory.resident.push({ at: seconds(), value: bytes });
    if (seconds() >= nextHeap) {
      memory.heap.push({ at: seconds(), value: await collectedHeap(inspectPort) });
      nextHeap += heapEvery;
    }
    await pause(1000, over);
  }
}
