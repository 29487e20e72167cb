/**
 * The kinds of values that settings have, each with the sentence that states its rule: a zod message here is read by an
 * operator after the setting's name, so it begins with "must". Apart from the schema, which only says which key is which.
 */
import { z } from "zod";

/** A whole number in the range, both ends included. */
export function integer(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int(rule).min(min, rule).max(max, rule);
}

export function bool() {
  return z.boolean("must be true or false");
}

/** Text that says something: not empty, no control characters, at most `max` characters. */
export function text(rule = "must be text", max = 1024) {
  const whole = `${rule}, without control characters`;
  return z
    .string(rule)
    .min(1, rule)
    .max(max, `${rule} of at most ${max} characters`)
    .regex(/^[^\x00-\x1f\x7f]*$/, whole);
}

/** Text of a fixed form. */
export function pattern(form: RegExp, rule: string) {
  return z.string(rule).regex(form, rule);
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `must be ${orList(values)}`);
}

/** A list; a blank entry is an error and not skipped, since it is most often a variable that did not expand (S117). */
export function list<T extends z.ZodType>(entry: T, rule = "must be a list") {
  return z.array(entry, rule);
}

export function texts(rule = "must be a list of texts") {
  return list(text("must be text, not blank"), rule);
}

/** A URL of http or https that names a server, or a path on one, and nothing else: no user, query or fragment. */
export function serverUrl() {
  const rule = "must be a URL as https://host[:port][/path]";
  return z.string(rule).refine(isServerUrl, rule);
}

/** A section: unknown keys in it are refused (S117). An absent section is one with every default. */
export function section<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, "must be a section of keys");
}

/** `"a", "b" or "c"`. */
export function orList(values: readonly string[]): string {
  const quoted = values.map((value) => JSON.stringify(value));
  return quoted.length < 2
    ? quoted.join()
    : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

function isServerUrl(value: string): boolean {
  if (!/^https?:\/\/[^\s/?#@\\"<>]+(\/[^\s?#\\"<>]*)?$/i.test(value)) return false;
  return URL.canParse(value);
}
