/** Which errors pass by themselves, and when to ask again: one place, so that a page, a program and a failed sign-in are told the same. */
import type { ErrorCode } from "../base/errors.ts";
import type { HeaderField } from "../http/reply.ts";

const passing: ReadonlySet<ErrorCode> = new Set([
  "provider_unavailable",
  "upstream_busy",
  "store_unavailable",
]);
const fiveSeconds: readonly HeaderField[] = [["Retry-After", "5"]];
const nothing: readonly HeaderField[] = [];

/** The `Retry-After` of an answer with this error (RFC 9110, 10.2.3); empty where to wait is of no use. */
export function retryAfter(code: ErrorCode): readonly HeaderField[] {
  return passing.has(code) ? fiveSeconds : nothing;
}
