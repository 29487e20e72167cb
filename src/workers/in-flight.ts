/**
 * The connection that was on its way to a worker that died. node:cluster hands a worker one connection and keeps it open until the
 * worker says that it has it; when the worker dies before that, nobody closes it, and the client waits for an answer in vain.
 */
import type { ChildProcess } from "node:child_process";

/** What node:cluster sends: a socket of the system, not of node:net. */
interface Handle {
  close(): void;
}

/** Closes it when the process has ended, unless the worker said before what became of it. */
export function closeWhatWasInFlight(child: ChildProcess): void {
  let inFlight: Handle | undefined;
  const send = child.send.bind(child);
  const watched = (message: unknown, handle: unknown, ...rest: unknown[]): boolean => {
    if (isHandle(handle)) inFlight = handle;
    return Reflect.apply(send, child, [message, handle, ...rest]);
  };
  Object.assign(child, { send: watched });
  child.on("internalMessage", (message: unknown) => {
    if (typeof message === "object" && message !== null && "accepted" in message) {
      inFlight = undefined;
    }
  });
  child.once("exit", () => {
    inFlight?.close();
    inFlight = undefined;
  });
}

function isHandle(value: unknown): value is Handle {
  return (
    typeof value === "object" &&
    value !== null &&
    "close" in value &&
    typeof value.close === "function"
  );
}
