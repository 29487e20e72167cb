/**
 * The decision for one request (contract 3), in order, each step a guard of its own file, success last. One function serves
 * every method; nothing that throws here ever forwards (S9, S10).
 */
import type { Exchange } from "../http/exchange.ts";
import type { Resolution, Session } from "../session/session.ts";
import { createSessionAdmission } from "./admission.ts";
import { createBearerCheck } from "./bearer.ts";
import type { GateParts } from "./parts.ts";
import { createRefusals, type Refusals } from "./refuse.ts";
import { createRoutes } from "./routes.ts";
import { createUpgradeGate } from "./upgrade.ts";
import { forwardWith, type UpgradeVerdict, type Verdict } from "./verdict.ts";

export interface Gate {
  /** Decides on a request. Synchronous for a session that was seen before. Throws GateError or a bug: both end in refusal. */
  admit(exchange: Exchange): Verdict | Promise<Verdict>;
  /** Decides on a WebSocket upgrade. Fails like `admit`. */
  admitUpgrade(exchange: Exchange): Promise<UpgradeVerdict>;
  /** Page or JSON for an error, by what the client asked for. */
  readonly refusals: Refusals;
}

export function createGate(parts: GateParts): Gate {
  const { settings, sessions, publicPaths } = parts;
  const refusals = createRefusals(parts);
  const checkBearer = createBearerCheck(parts, refusals);
  const ownRoute = createRoutes(parts, { refusals, checkBearer });
  const ofSession = createSessionAdmission(parts);
  const admitUpgrade = createUpgradeGate(parts, { refusals, ownRoute, checkBearer, ofSession });

  function admit(exchange: Exchange): Verdict | Promise<Verdict> {
    const answer = ownRoute(exchange);
    if (answer !== undefined) return answer;

    const { target, method } = exchange;
    if (settings.insecure) return forwardWith({ target: target.forward }, "insecure");
    if (publicPaths.match(method, target)) {
      return forwardWith({ target: target.forward }, "public");
    }
    const bearer = checkBearer(exchange);
    if (bearer !== undefined) return bearer;

    const resolution = sessions.resolve(exchange);
    if (resolution instanceof Promise) return resolution.then((found) => judge(exchange, found));
    return judge(exchange, resolution);
  }

  function judge(exchange: Exchange, resolution: Resolution): Verdict | Promise<Verdict> {
    switch (resolution.kind) {
      case "active": {
        const { session, hasRefreshToken } = resolution;
        return admitSession(exchange, session, hasRefreshToken, undefined);
      }
      case "refreshed": {
        const { session, hasRefreshToken, cookies } = resolution;
        return admitSession(exchange, session, hasRefreshToken, cookies);
      }
      default:
        return refusals.ofResolution(exchange, resolution);
    }
  }

  function admitSession(
    exchange: Exchange,
    session: Session,
    hasRefreshToken: boolean,
    cookies: (() => readonly string[]) | undefined,
  ): Verdict | Promise<Verdict> {
    if (!parts.admits(session.provider, session.identity)) {
      return refusals.denied(exchange, session, cookies);
    }
    const admission = { target: exchange.target.forward, ...ofSession(session, hasRefreshToken) };
    if (cookies === undefined) return forwardWith(admission, "session");
    return forwardWith({ ...admission, cookies }, "refreshed");
  }

  return { admit, admitUpgrade, refusals };
}
