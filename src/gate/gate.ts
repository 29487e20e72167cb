/**
 * The decision for one request (contract 3), in order, each step a guard of its own file, success last. One function serves
 * every method; nothing that throws here ever forwards (S9, S10).
 */
import type { Exchange } from "../http/exchange.ts";
import type { Resolution } from "../session/session.ts";
import { createSessionAdmission } from "./admission.ts";
import { createBearerCheck } from "./bearer.ts";
import { isLive } from "./live-session.ts";
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
  const { settings, sessions, publicPaths, admits } = parts;
  const refusals = createRefusals(parts);
  const checkBearer = createBearerCheck(parts, refusals);
  const ownRoute = createRoutes(parts, { refusals, checkBearer });
  const admissionOf = createSessionAdmission(parts);
  const admitUpgrade = createUpgradeGate(parts, { refusals, ownRoute, checkBearer, admissionOf });

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
    if (!isLive(resolution)) return refusals.ofResolution(exchange, resolution);
    const { kind, session } = resolution;
    if (!admits(session.provider, session.identity)) return refusals.denied(exchange, resolution);
    const admission = admissionOf(exchange.target.forward, resolution);
    return forwardWith(admission, kind === "refreshed" ? "refreshed" : "session");
  }

  return { admit, admitUpgrade, refusals };
}
