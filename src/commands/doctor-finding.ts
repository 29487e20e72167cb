/** What a check of the doctor comes to, and how it is told. */

/** What came of one check. `ok` and `note` are well, `fail` is not. */
export interface Finding {
  readonly state: "ok" | "note" | "fail";
  readonly subject: string;
  /** What was tried, and what was found. */
  readonly text: string;
  /** What to do about it, a line for each way. */
  readonly mend?: string;
  /** Milliseconds that it took; absent where nothing was asked. */
  readonly ms?: number;
}

/** One line, and each way to mend it in a line of its own. */
export function showFinding({ state, subject, text, mend, ms }: Finding): string {
  const time = ms === undefined ? "" : ` (${ms} ms)`;
  const line = `${state.padEnd(5)} ${subject.padEnd(14)} ${text}${time}`;
  const ways = mend?.split("\n") ?? [];
  return [line, ...ways.map((way) => `${" ".repeat(21)}mend: ${way}`)].join("\n");
}
