/**
 * The session cookies as the rest of the gate sees them (contract 4): what came, what to set, what to delete. Names and
 * attributes are in `cookie-table`, the reading, which is the hot path, and the writing in a file each.
 */
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import { createCookieTable } from "./cookie-table.ts";
import { type CookieReader, createCookieReader } from "./read-cookies.ts";
import type { Sealer } from "./seal.ts";
import { type CookieWriter, createCookieWriter } from "./write-cookies.ts";

export type SessionCookies = CookieReader & CookieWriter;

export interface SessionCookieOptions {
  /** The start of every cookie name: `hermes_session`. */
  readonly stem: string;
  readonly sealer: Sealer;
  readonly runtime: Runtime;
  readonly log: Log;
}

export function createSessionCookies(options: SessionCookieOptions): SessionCookies {
  const { stem, sealer, runtime, log } = options;
  const table = createCookieTable(stem);
  return {
    ...createCookieReader(table, sealer, runtime),
    ...createCookieWriter({ table, sealer, runtime, log }),
  };
}
