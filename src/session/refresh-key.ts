/**
 * The key under which a refresh is found, and how long its result counts. One home for both, since a process's own results and
 * those in the store are two copies of one thing.
 */
import { hashFields } from "../base/secret.ts";
import type { Session } from "./session.ts";

/** How long a result is replayed in any case (contract 5), and a rejection remembered (S59). Milliseconds. */
export const replayMs = 30_000;
export const rejectionMs = 5_000;
/** Rotations that one request follows. More than pass while a result is replayed, even with lives of a second. */
export const maxSteps = 64;

/** Provider and purpose are part of the key: two users never share a result (S11). */
export function refreshKey(session: Session): string {
  return hashFields("refresh", session.provider, session.refreshToken ?? "");
}
