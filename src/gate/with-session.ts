/** The part that every own path with a session begins with: resolve, refuse, or go on with the live session. */
import type { Exchange } from "../http/exchange.ts";
import type { LiveSession } from "../session/session.ts";
import { isLive } from "./live-session.ts";
import type { GateParts } from "./parts.ts";
import type { Refusals } from "./refuse.ts";
import type { ReplyVerdict } from "./verdict.ts";

/** Calls `answer` with the live session of the request, or gives the refusal that is due. */
export async function withSession(
  sessions: GateParts["sessions"],
  refusals: Refusals,
  exchange: Exchange,
  answer: (live: LiveSession) => ReplyVerdict | Promise<ReplyVerdict>,
): Promise<ReplyVerdict> {
  const resolution = await sessions.resolve(exchange);
  return isLive(resolution) ? answer(resolution) : refusals.ofResolution(exchange, resolution);
}
