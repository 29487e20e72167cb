/** Starts one worker by node:cluster: the command again, which finds by its environment that it is one. */
import cluster from "node:cluster";
import type { Readable } from "node:stream";
import { closeWhatWasInFlight } from "./in-flight.ts";
import { forwardLines } from "./lines.ts";
import { workerMark } from "./mark.ts";
import type { Order, Word } from "./messages.ts";

export interface Child {
  readonly pid: number;
  /** Says it, unless the process is gone. */
  send(order: Order): void;
  /** SIGKILL. */
  kill(): void;
}

export interface ChildEvents {
  word(word: Word): void;
  /** The process has ended and its output is read: by its exit code, or the signal. */
  ended(how: number | string): void;
}

export interface ChildOutput {
  /** Both take whole lines. */
  readonly stdout: (lines: string) => void;
  readonly stderr: (lines: string) => void;
}

export type Fork = (events: ChildEvents) => Child;

/** The way to start workers. The parent's own arguments are not handed on: a worker is told everything by message. */
export function createFork(output: ChildOutput): Fork {
  // The default of the platform may be another: there the system chooses, and one worker gets most.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({
    args: [],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  return (events) => {
    const { process: child } = cluster.fork({ [workerMark]: "1" });
    closeWhatWasInFlight(child);
    // What is sent to a process that is just ending is lost, and that is all.
    child.on("error", () => {});
    forward(child.stdout, output.stdout);
    forward(child.stderr, output.stderr);
    child.on("message", (word: Word) => events.word(word));
    child.once("close", (code, signal) => events.ended(signal ?? code ?? "unknown"));
    return {
      pid: child.pid ?? 0,
      send: (order) => {
        if (child.connected) child.send(order);
      },
      kill: () => void child.kill("SIGKILL"),
    };
  };
}

function forward(stream: Readable | null, write: (lines: string) => void): void {
  if (stream !== null) forwardLines(stream, write);
}
