/**
 * One person with a browser: signs in, does one thing after the other, signs out and comes back. What they do next is chance;
 * what has to come of it is not.
 */

import { type Answer, type Browser, createBrowser } from "../test/support/browser.ts";
import { reachProvider, signOut } from "../test/support/sign-in.ts";
import type { Chance } from "./chance.ts";
import type { Ledger, Seen, Verdict } from "./ledger.ts";
import type { Outages } from "./outages.ts";
import { pause } from "./pause.ts";
import type { Stage } from "./stage.ts";

/** What all visitors share. */
export interface World {
  readonly stage: Pick<Stage, "url" | "hosts">;
  readonly ledger: Ledger;
  readonly outages: Outages;
  readonly chance: Chance;
  readonly now: () => number;
  /** Aborted when the run is over. */
  readonly over: AbortSignal;
  /** Is told of a session that ended although nobody ended it. */
  readonly onLost: () => void;
}

export interface Visitor {
  readonly name: string;
  /** Another one after each sign-in. */
  readonly browser: Browser;
  readonly signedIn: boolean;
  /** Grows when they ask to sign out: what began before may end as signed out. */
  readonly visits: number;
  /** Grows when they have signed out: what was open before has to close. */
  readonly departures: number;
  /** Runs one act and has it judged. */
  perform(act: string, expected: readonly string[], run: () => Promise<Seen>): Promise<Verdict>;
  /** Tries until it works or the run is over. */
  enter(): Promise<void>;
  /** Signs out. True when the gate did as asked. */
  leave(): Promise<boolean>;
  close(): void;
}

export function createVisitor(name: string, world: World): Visitor {
  const { stage, ledger, now, over } = world;
  const open = () => createBrowser({ hosts: stage.hosts });
  let browser = open();
  let signedIn = false;
  let visits = 0;
  let departures = 0;

  async function perform(act: string, expected: readonly string[], run: () => Promise<Seen>) {
    const from = now();
    const before = visits;
    const seen = await run().catch(brokenBy);
    const left = visits !== before;
    // A browser that is closed at the end breaks what it still waits for.
    if (over.aborted && seen.status === "broken") return "expected";
    const verdict = ledger.note({ name: act, by: name, expected, from, left }, seen);
    const lost = ["401", "4401", "ended"].includes(seen.status) && verdict === "violation";
    if (lost && signedIn && !left) {
      world.onLost();
      signedIn = false;
    }
    return verdict;
  }

  async function comeIn(): Promise<Seen> {
    try {
      const form = await reachProvider(browser, `${stage.url}/`);
      const landing = form.status === 200 ? await browser.submit(form, { user: name }) : form;
      return { status: String(landing.status), detail: landing.text.slice(0, 200) };
    } catch (error) {
      // The person goes to the provider's own pages too, and these can be away.
      return { ...brokenBy(error), status: "unreachable" };
    }
  }

  return {
    name,
    get browser() {
      return browser;
    },
    get signedIn() {
      return signedIn;
    },
    get visits() {
      return visits;
    },
    get departures() {
      return departures;
    },
    perform,
    async enter() {
      while (!over.aborted) {
        browser.close();
        browser = open();
        const verdict = await perform("sign in", ["200"], comeIn);
        if (verdict === "expected") break;
        await pause(1000, over);
      }
      signedIn = true;
    },
    async leave() {
      visits += 1;
      signedIn = false;
      const verdict = await perform("sign out", ["200"], async () => {
        const page = await signOut(browser, stage.url);
        const kept = /hermes_session_(?:at|rt)/.test(browser.jar.header(new URL(stage.url)));
        return {
          status: String(page.status),
          wrong: kept ? "a session cookie is left" : undefined,
        };
      });
      departures += 1;
      return verdict === "expected";
    },
    close: () => browser.close(),
  };
}

/** A connection that broke off, with the reason. */
export function brokenBy(error: unknown): Seen {
  return { status: "broken", detail: error instanceof Error ? error.message : String(error) };
}

/** An answer as it is judged; of one that asks to wait, whether the session was kept. */
export function seen(visitor: Pick<Visitor, "browser">, answer: Answer): Seen {
  const { status, headers, url, text } = answer;
  if (status !== 503) return { status: String(status), detail: text.slice(0, 200) };
  const kept = /hermes_session_rt/.test(visitor.browser.jar.header(new URL(url)));
  const wrong = kept ? undefined : "the cookies are gone";
  const waits = headers["retry-after"] !== undefined;
  return { status: "503", wrong: waits ? wrong : "no Retry-After" };
}
