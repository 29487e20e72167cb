/**
 * Where an upgrade comes from (S75, contract 10). Browsers send `Origin` with every upgrade and do not apply the same-origin
 * policy to it: this check is what keeps a foreign page from driving a dashboard with the visitor's cookies.
 */
import type { Exchange } from "../http/exchange.ts";

/** `ours`: the public base's or a listed origin. `absent`: a program. `opaque`: `null` or not of the web. `foreign`: refused. */
export type OriginVerdict = "ours" | "absent" | "opaque" | "foreign";

export function judgeOrigin(exchange: Exchange, allowed: ReadonlySet<string>): OriginVerdict {
  const origin = exchange.headers["origin"];
  if (origin === undefined) return "absent";
  // A repeated field comes joined, or as a list: it is no origin of ours.
  if (typeof origin !== "string") return "foreign";
  const folded = origin.toLowerCase();
  if (folded === exchange.base.origin || allowed.has(folded)) return "ours";
  const web = folded.startsWith("http:") || folded.startsWith("https:");
  const single = !folded.includes(",") && !folded.includes(" ") && folded !== "";
  return web || !single ? "foreign" : "opaque";
}
