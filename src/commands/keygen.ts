/** Makes a session secret, so that nobody has to think one up. */
import type { Runtime } from "../base/runtime.ts";
import { randomToken } from "../base/secret.ts";

/** 32 random bytes, 43 characters. */
export function keygen(runtime: Runtime): string {
  return randomToken(runtime);
}
