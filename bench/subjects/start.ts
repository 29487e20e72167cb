/** What all subjects do alike: start a program, wait for its answer, and say what it wrote when none came. */
import { readFileSync } from "node:fs";
import { createBrowser } from "../../test/support/browser.ts";
import { type ProgramOptions, startProgram, untilAnswers } from "../process.ts";
import type { RunningSubject } from "./subject.ts";

/** The page that every upstream has. */
export const probePath = "/small";

export interface SubjectProgram extends ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly origin: string;
  /** Signs in and returns the cookies of it. Absent: no sign-in. */
  readonly signIn?: () => Promise<string>;
}

/** Fails, with the program's own words, when no request is answered by 200; it is stopped then. */
export async function startSubject(wanted: SubjectProgram): Promise<RunningSubject> {
  const { origin, signIn } = wanted;
  const program = await startProgram(wanted.command, wanted.args, wanted);
  try {
    await untilAnswers(`${origin}${probePath}`);
    const cookie = signIn === undefined ? undefined : await signIn();
    const credentials: Record<string, string> = cookie === undefined ? {} : { Cookie: cookie };
    await untilAnswers(`${origin}${probePath}`, 200, credentials);
    return { origin, program, credentials };
  } catch (error) {
    await program.stop();
    const words = readFileSync(wanted.log, "utf8").slice(-4000);
    throw new Error(`${wanted.command} at ${origin} did not start: ${words}`, { cause: error });
  }
}

/** A sign-in where the first request leads straight to the provider's form. Returns the cookies that the subject set. */
export async function signInAtForm(origin: string): Promise<string> {
  const browser = createBrowser();
  try {
    const form = await browser.visit(`${origin}${probePath}`);
    const landing = await browser.submit(form, { user: "alice" });
    if (landing.status !== 200 || !landing.url.startsWith(origin)) {
      throw new Error(`the sign-in ended at ${landing.url} with ${landing.status}`);
    }
    return browser.jar.header(new URL(`${origin}${probePath}`));
  } finally {
    browser.close();
  }
}
