/**
 * Load generators are processes of their own, so that they neither slow the run's clock nor count as anybody's work. Each is a
 * script of this folder: it gets its options as JSON, and answers by messages.
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import { watchChild } from "../process.ts";

export interface RunningLoad<Message> {
  /** The next message that the script sends. Fails when it ends without one. */
  next(): Promise<Message>;
  /** Lets a script that waits go on. */
  goOn(): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** Starts the script `name` of this folder. */
export function startLoad<Message>(name: string, options: object): RunningLoad<Message> {
  const child = fork(join(import.meta.dirname, `${name}.ts`), [JSON.stringify(options)], {
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  watchChild(child);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    ended,
    next: () =>
      new Promise((resolve, reject) => {
        const onMessage = (message: unknown): void => {
          child.off("close", onClose);
          resolve(message as Message);
        };
        const onClose = (code: number | null): void => {
          child.off("message", onMessage);
          reject(new Error(`the load ${name} ended with ${code} and no result`));
        };
        child.once("message", onMessage).once("close", onClose);
      }),
    goOn: () => void child.send("go on"),
  };
}

/** Runs a script that answers once. */
export async function runLoad<Message>(name: string, options: object): Promise<Message> {
  const load = startLoad<Message>(name, options);
  const message = await load.next();
  await load.ended;
  return message;
}
