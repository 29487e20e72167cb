/**
 * The ids that name requests in logs and in answers. Random for the process and then counted: cheap on the way of every request, and
 * two processes never give the same. They are no secret.
 */
import type { Runtime } from "./runtime.ts";
import { randomToken } from "./secret.ts";

/** A function that gives another id at each call. */
export function createRequestIds(runtime: Runtime): () => string {
  const process = randomToken(runtime, 6);
  let count = 0;
  return () => {
    count += 1;
    return `${process}-${count.toString(36)}`;
  };
}
