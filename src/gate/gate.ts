/**
 * The decision for one request (contract 3), in order, each step a guard of its own file, success last. One function serves
 * every method; nothing that throws here ever forwards (S9, S10).
 */
import type { Exchange } from "../http/exchange.ts";
import type { Session } from "../session/session.ts";
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
  const ownRoute = createRoutes(parts, refusals);
  const checkBearer = createBearerCheck(parts, refusals);
  const admitUpgrade = createUpgradeGate(parts, refusals, checkBearer);

  function admit(exchange: Exchange): Verdict | Promise<Verdict> {
    const answer = ownRoute(exchange);
    if (answer !== undefined) return answer;

    const { target, method } = exchange;
    if (settings.insecure) return forwardWith({ target: target.forward }, "insecure");
    if (publicPaths.match(method, target, false)) {
      return forwardWith({ target: target.forward }, "public");
    }
    const bearer = checkBearer(exchange);
    if (bearer !== undefined) return bearer;

    const resolution = sessions.resolve(exchange);
    if (resolution instanceof Promise) return resolution.then((found) => judge(exchange, found));
    return judge(exchange, resolution);
  }

  function judge(
    exchange: Exchange,
    resolution: Awaited<ReturnType<typeof sessions.resolve>>,
  ): Verdict {
    switch (resolution.kind) {
      case "active":
        return admitSession(exchange, resolution.session, resolution.hasRefreshToken, undefined);
      case "refreshed":
        return admitSession(
          exchange,
          resolution.session,
          resolution.hasRefreshToken,
          resolution.cookies,
        );
      default:
        return refusals.ofResolution(exchange, resolution);
    }
  }

  function admitSession(
    exchange: Exchange,
    session: Session,
    hasRefreshToken: boolean,
    cookies: (() => readonly string[]) | undefined,
  ): Verdict {
    const { identity, provider } = session;
    if (!parts.admits(provider, identity)) return refusals.denied(exchange, session, cookies);
    const admission = {
      target: exchange.target.forward,
      identity: { identity, provider },
      stream: {
        sessionId: session.id,
        endsAt: hasRefreshToken ? session.endsAt : session.expiresAt,
      },
      ...(cookies !== undefined && { cookies }),
      ...(settings.passAccessToken &&
        session.accessToken !== undefined && { accessToken: session.accessToken }),
    };
    return forwardWith(admission, cookies === undefined ? "session" : "refreshed");
  }

  return { admit, admitUpgrade, refusals };
}
