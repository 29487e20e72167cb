/** The part that every own path with a session begins with: resolve, refuse, or go on with the rotated cookies at hand. */
import type { Exchange } from "../http/exchange.ts";
import type { Session } from "../session/session.ts";
import type { GateParts } from "./parts.ts";
import type { Refusals } from "./refuse.ts";
import type { ReplyVerdict } from "./verdict.ts";

export interface LiveSession {
  readonly session: Session;
  readonly hasRefreshToken: boolean;
  /** The Set-Cookie values of a rotation in this request; empty when there was none. */
  readonly cookies: () => readonly string[];
}

/** Calls `answer` with the live session of the request, or gives the refusal that is due. */
export async function withSession(
  sessions: GateParts["sessions"],
  refusals: Refusals,
  exchange: Exchange,
  answer: (live: LiveSession) => ReplyVerdict | Promise<ReplyVerdict>,
): Promise<ReplyVerdict> {
  const resolution = await sessions.resolve(exchange);
  switch (resolution.kind) {
    case "active":
      return answer({ ...resolution, cookies: () => [] });
    case "refreshed":
      return answer(resolution);
    default:
      return refusals.ofResolution(exchange, resolution);
  }
}
