/**
 * Tells the operator once that the store is away and once that it is back, however many requests meet it in between, and
 * turns what a client library throws into a sentence without the command that failed: its arguments may be a password.
 */
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import { StoreUnavailable } from "./contract.ts";

export interface Outage {
  /** The error for the caller. Logs the first of an outage, at most one a minute. */
  failed(error: unknown): StoreUnavailable;
  worked(): void;
}

const quietMs = 60_000;

/** `place` is the store's address without user and password; `password` is taken out of what a server says. */
export function createOutage(options: {
  readonly place: string;
  readonly password: string | undefined;
  readonly runtime: Runtime;
  readonly log: Log;
}): Outage {
  const { place, password, runtime, log } = options;
  let away = false;
  let told = false;
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    failed(error) {
      const reason = reasonOf(error, password);
      if (!away && runtime.now() - toldAt >= quietMs) {
        told = true;
        toldAt = runtime.now();
        log.error(
          { store: place, reason },
          "the store does not answer: until it does, refreshes are shared within each process alone, WebSocket tickets are refused and sign-outs hold where they were made",
        );
      }
      away = true;
      return new StoreUnavailable(reason);
    },
    worked() {
      if (!away) return;
      away = false;
      if (told) log.info({ store: place }, "the store answers again");
      told = false;
    },
  };
}

/** A system error's code, or what the server said, up to where it would repeat the command. */
function reasonOf(error: unknown, password: string | undefined): string {
  if (!(error instanceof Error)) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  const [said = ""] = error.message.split(/, with args/i);
  const clean = password === undefined ? said : said.replaceAll(password, "***");
  return clean.slice(0, 200);
}
