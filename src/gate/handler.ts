/** What answers one own path. Apart from the table of routes, which names every handler and would make a ring with them. */
import type { Exchange } from "../http/exchange.ts";
import type { BearerCheck } from "./bearer.ts";
import type { Refusals } from "./refuse.ts";
import type { ReplyVerdict } from "./verdict.ts";

/** Answers one own path. Throws GateError. */
export type Handler = (exchange: Exchange) => ReplyVerdict | Promise<ReplyVerdict>;

/** The gate's own guards, for the handlers that ask who is there. */
export interface HandlerGuards {
  readonly refusals: Refusals;
  readonly checkBearer: BearerCheck;
}
