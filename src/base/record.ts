/** The first question to a value that was parsed: whether it may be asked for its parts at all. */

/** True for every object, lists among them, and no null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
