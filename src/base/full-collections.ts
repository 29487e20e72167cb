/**
 * When the collector looks through the whole heap. By itself V8 begins as soon as what is left of the heap's limit is less than the
 * young generation may take. In a heap as small as the gate's that is nearly always so, once it was shrunk in a quiet minute: then
 * every 80,000 requests or so cost a collection of 40 ms, and where there is one core, those who wait meanwhile.
 */
import { setFlagsFromString } from "node:v8";

/** Of the room between what outlived the last full collection and the limit, in percent: there marking begins beside the work. */
const softTrigger = 80;
/** And there at once, should nothing have begun it. */
const hardTrigger = 95;

/**
 * How long the flags wait. Under other flags V8 takes none of the code that was compiled ahead, in Node and in the executable, and most of
 * that is loaded until the first answers: they came 75 ms later. The heap is not shrunk before.
 */
const settledMs = 10_000;

/**
 * Has full collections begin, from ten seconds on, when the old generation has grown into most of its room, whatever the young one
 * may take. It holds for the process and its threads, so only a command calls it. It keeps no process alive, and a Node that does not
 * know the flags goes on as before.
 */
export function collectFullyWhenGrown(afterMs: number = settledMs): void {
  setTimeout(() => {
    setFlagsFromString(`--incremental-marking-soft-trigger=${softTrigger}`);
    setFlagsFromString(`--incremental-marking-hard-trigger=${hardTrigger}`);
  }, afterMs).unref();
}
