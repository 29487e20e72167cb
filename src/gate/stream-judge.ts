/**
 * Which WebSockets and event streams may go on when settings have changed: those that would be admitted now (contract 3, S82). Requests
 * are judged anew one by one; a stream makes none, and would outlive for a day the provider, the key or the rule that let it in.
 */
import type { GateParts } from "./parts.ts";
import type { AdmittedStream } from "./verdict.ts";

/** Undefined for one that may go on, else the code to close it with: 4401 without a session any more, 4403 without access. */
export type StreamJudge = (stream: AdmittedStream) => 4401 | 4403 | undefined;

export interface StreamJudgeParts extends Pick<GateParts, "registry" | "keyNames" | "admits"> {
  readonly settings: Pick<GateParts["settings"], "bearer">;
}

/**
 * Judges by these settings. Of the session's cookie it knows the keys that there were when the stream began: while one of them is
 * left it goes on.
 */
export function createStreamJudge(parts: StreamJudgeParts): StreamJudge {
  const { settings, registry, keyNames, admits } = parts;
  const held = new Set(keyNames);
  return ({ sessionId, holder, keys }) => {
    const provider = registry.find(holder.provider);
    if (provider === undefined) return 4401;
    const isBearer = sessionId === "";
    const isAccepted = settings.bearer && provider.verify !== undefined;
    if (isBearer ? !isAccepted : !keys.some((key) => held.has(key))) return 4401;
    return admits(holder.provider, holder.identity) ? undefined : 4403;
  };
}
