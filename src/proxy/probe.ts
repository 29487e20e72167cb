/**
 * Tries whether the upstream can be reached, for who asks after its health: by a connection alone, since a request of the gate's
 * own would be one that nobody made and the dashboard would answer or log.
 */
import type { GateError } from "../base/errors.ts";
import type { UpstreamOptions } from "./contract.ts";
import { createDial } from "./dial.ts";
import { upstreamError } from "./upstream-error.ts";

/** Resolves to undefined when a connection stood, TLS included, else to the error that a request would end with. Never fails. */
export function createProbe(options: UpstreamOptions): () => Promise<GateError | undefined> {
  const dial = createDial(options);
  return () =>
    new Promise((resolve) => {
      const socket = dial.open(false);
      socket.once(dial.established, () => {
        resolve(undefined);
        socket.destroy();
      });
      // After the first, errors change nothing any more, but one that nobody hears ends the process.
      socket.on("error", (error) => resolve(upstreamError(error, options.address)));
    });
}
