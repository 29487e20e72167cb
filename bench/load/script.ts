/** The other end of `load.ts`: what a script of a load is called with, and how it answers. */

/** The options that the script was started with. */
export function loadOptions<Options>(): Options {
  return JSON.parse(process.argv[2] ?? "null") as Options;
}

/** Sends a message; resolves once it is out. Fails where nobody listens. */
export function tell(message: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = process.send?.(message, undefined, {}, (error: Error | null) =>
      error === null ? resolve() : reject(error),
    );
    if (sent === undefined) reject(new Error("a load is started by bench/load/load.ts"));
  });
}

/** Sends the last message and ends the process, whatever is still open. */
export async function finish(message: object): Promise<never> {
  await tell(message);
  process.exit(0);
}

/** Waits until the run says to go on. */
export function toldToGoOn(): Promise<void> {
  return new Promise((resolve) => process.once("message", () => resolve()));
}
