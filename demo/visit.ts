/**
 * The demo's visit without a browser: runs the steps of `visit-steps.ts` one after the other and prints each with its time.
 * The first that does not hold ends the visit.
 */
import { createBrowser } from "../test/support/browser.ts";
import { type Visitor, visitSteps } from "./visit-steps.ts";

export type VisitOptions = Pick<Visitor, "url" | "accessTokenSeconds" | "tokenCalls">;

/** Makes the visit. True when every step held. */
export async function visit(options: VisitOptions): Promise<boolean> {
  const browser = createBrowser();
  const visitor: Visitor = { ...options, browser, copiedJar: browser.jar.copy() };
  const started = performance.now();
  try {
    for (const { name, run } of visitSteps) {
      const before = performance.now();
      await run(visitor);
      console.log(`ok    ${name} (${Math.round(performance.now() - before)} ms)`);
    }
    console.log(`\nThe visit took ${((performance.now() - started) / 1000).toFixed(1)} s.`);
    return true;
  } catch (error) {
    console.log(`FAIL  ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  } finally {
    browser.close();
  }
}
