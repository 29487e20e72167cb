/**
 * `Authorization: Bearer` from programs, when `bearer` is on (contract 3, 7). A bearer that came decides alone: a bad one is
 * 401 with no fall-back to cookies, no refresh and no clearing (S27, S112, S113).
 */

import { GateError } from "../base/errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { withHeaders } from "../http/reply.ts";
import { type Grant, ProviderUnavailable } from "../provider/contract.ts";
import type { GateParts } from "./parts.ts";
import type { Refusals } from "./refuse.ts";
import {
  type ForwardVerdict,
  forwardWith,
  type Holder,
  type ReplyVerdict,
  replyWith,
} from "./verdict.ts";

/** A bearer that is good, and may enter. */
export interface BearerAdmitted extends ForwardVerdict {
  readonly holder: Holder & {
    /** Of the token, in milliseconds since the epoch. */
    readonly expiresAt: number;
  };
}

/** Undefined when no bearer came, or none is accepted here. */
export type BearerCheck = (
  exchange: Exchange,
) => Promise<BearerAdmitted | ReplyVerdict> | undefined;

const scheme = "bearer";

export function createBearerCheck(parts: GateParts, refusals: Refusals): BearerCheck {
  const { settings, registry, keyNames, admits, runtime, audit, log } = parts;
  const maxLifetimeMs = settings.websocket.maxLifetimeSeconds * 1000;
  const verifiers = registry.providers.filter((provider) => provider.verify !== undefined);

  return function checkBearer(exchange) {
    if (!settings.bearer) return undefined;
    const header = exchange.headers["authorization"];
    if (typeof header !== "string") return undefined;
    const [word = ""] = header.split(" ", 1);
    if (word.toLowerCase() !== scheme) return undefined;
    return judge(exchange, header.slice(scheme.length).trim());
  };

  async function judge(exchange: Exchange, token: string): Promise<BearerAdmitted | ReplyVerdict> {
    const found = await verify(exchange, token);
    if (found === "unavailable") return refusals.unavailable(exchange);
    if (found === "unknown") return invalid(exchange);
    const { provider, grant } = found;
    if (!admits(provider, grant.identity)) {
      audit("access_denied", exchange, { provider, user_id: grant.identity.userId });
      return replyWith(refusals.ofError(exchange, new GateError("access_denied")), "denied");
    }
    const { identity, expiresAt } = grant;
    const holder = { identity, provider };
    const endsAt = Math.min(expiresAt, runtime.now() + maxLifetimeMs);
    const admission = {
      target: exchange.target.forward,
      identity: holder,
      dropAuthorization: true,
      stream: { sessionId: "", endsAt, holder, keys: keyNames },
      ...(settings.passAccessToken && { accessToken: token }),
    };
    return { ...forwardWith(admission, "bearer"), holder: { ...holder, expiresAt } };
  }

  /** The grant of the first provider whose token it is. `unknown`: it is nobody's; `unavailable`: somebody could not be asked. */
  async function verify(
    exchange: Exchange,
    token: string,
  ): Promise<{ provider: string; grant: Grant } | "unknown" | "unavailable"> {
    if (token === "") return "unknown";
    let nobody: "unknown" | "unavailable" = "unknown";
    for (const provider of verifiers) {
      try {
        const grant = await provider.verify?.(token);
        if (grant !== undefined) return { provider: provider.name, grant };
      } catch (err) {
        if (!(err instanceof ProviderUnavailable)) throw err;
        nobody = "unavailable";
        log.warn(
          { request_id: exchange.id, provider: provider.name, err },
          "a bearer cannot be verified",
        );
      }
    }
    return nobody;
  }

  function invalid(exchange: Exchange): ReplyVerdict {
    audit("session_verify_failure", exchange, { reason: "invalid_token" });
    const reply = refusals.ofError(exchange, new GateError("invalid_token"));
    return replyWith(
      withHeaders(reply, [["WWW-Authenticate", 'Bearer error="invalid_token"']]),
      "refused",
    );
  }
}
