/**
 * The trailer fields of an answer that may be passed on. A trailer comes after the decisions that its field would have shaped, so
 * whatever frames, routes or authenticates stays out (RFC 9110, 6.5.1).
 */
import { hopByHopFields } from "../http/fields.ts";

const forbidden: ReadonlySet<string> = new Set([
  ...hopByHopFields,
  "cache-control",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "host",
  "location",
  "set-cookie",
  "vary",
  "www-authenticate",
]);

/** What a field's name is made of (RFC 9110, 5.6.2). */
const token = /^[!#$%&'*+.^_`|~\w-]+$/;

const NONE: [string, string][] = [];

/** The pairs of a flat raw list that may be sent. */
export function trailersOf(raw: readonly string[]): [string, string][] {
  if (raw.length === 0) return NONE;
  const fields: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? "";
    if (token.test(name) && !forbidden.has(name.toLowerCase()))
      fields.push([name, raw[at + 1] ?? ""]);
  }
  return fields;
}
