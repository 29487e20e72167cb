/** What a real program has to tell of itself, so that it can be started behind the gate and visited. */
import type { Page } from "playwright-core";
import type { WebSocket } from "ws";
import type { Browser } from "../test/support/browser.ts";

/** A way of setting the program and the gate up for one another. */
export interface Variant {
  readonly name: string;
  /** The path below which the outside finds it: empty, or as `/dash`. */
  readonly base: string;
  /** Keys of the gate's configuration. */
  readonly gate: Readonly<Record<string, unknown>>;
  /** Whether the program is told of the base. Default true. */
  readonly knowsBase?: boolean;
  /** Whether the program is told of the outside's host name. Default false. */
  readonly knowsHost?: boolean;
}

/** Where a program is to run. */
export interface Place {
  readonly variant: Variant;
  /** What it may say its own paths begin with: the variant's base, or empty where it is not told. */
  readonly ownBase: string;
  /** On loopback. */
  readonly port: number;
  /** The outside's address of its start page, no trailing slash. */
  readonly url: string;
  /** For its files; removed afterwards. */
  readonly directory: string;
}

/** A command that runs until it is stopped. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface PageSockets {
  /** Resolves when a WebSocket of the page whose address holds this has received something and is open. Fails after a while. */
  heard(part: string): Promise<void>;
}

/** A visit under way. */
export interface Visit extends Place {
  /** Signed in. */
  readonly browser: Browser;
  /** A page of Chromium that is signed in, at this path below the base. What it complains of fails the step. */
  inChromium(path: string, run: (page: Page, sockets: PageSockets) => Promise<void>): Promise<void>;
}

export interface Step {
  readonly name: string;
  readonly run: (visit: Visit) => Promise<void>;
}

export interface Program {
  readonly name: string;
  readonly variants: readonly Variant[];
  /** Makes sure that it is there and returns its version. Fails with what is missing. */
  install(): Promise<string>;
  /** Writes what it needs into the directory, and says how it is started. */
  prepare(place: Place): Launch;
  /** A path below the base that it answers with 200 once it is up. */
  readonly ready: string;
  /** Begins its own WebSocket as its page does; absent where it has none. */
  readonly connect?: (visit: Visit) => Promise<WebSocket>;
  readonly steps: readonly Step[];
  /** Complaints of its own page that it makes without the gate too. */
  readonly knownComplaints?: RegExp;
}
