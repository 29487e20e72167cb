/**
 * The upstream as the server sees it: plain requests by the pool, upgrades by the tunnel, both with the same header rules, and one
 * keeper of the streams that outlive their request.
 */
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { IdentityOptions, Upstream, UpstreamNote, UpstreamOptions } from "./contract.ts";
import { createForward, type ForwardParts } from "./forward.ts";
import { createInbound } from "./inbound.ts";
import { createLive } from "./live.ts";
import { createOutbound } from "./outbound.ts";
import { createProbe } from "./probe.ts";
import { createTunnel } from "./tunnel.ts";

export interface CreateUpstreamOptions extends UpstreamOptions, IdentityOptions {
  /** True for every cookie name that is the gate's own, in any variant. */
  readonly isGateCookie: (name: string) => boolean;
  readonly runtime: Runtime;
  readonly log: Log;
  /** Told of retries and failures. */
  readonly note?: UpstreamNote | undefined;
}

/** The upstream behind the gate. Opens no connection before the first request. */
export function createUpstream(options: CreateUpstreamOptions): Upstream {
  const { runtime, log } = options;
  const live = createLive(runtime);
  let outbound = createOutbound(options);
  const parts: ForwardParts = {
    outbound: (source, exchange, plan, upgrade) => outbound(source, exchange, plan, upgrade),
    inbound: createInbound(options),
    note: options.note ?? (() => {}),
    ...{ live, log },
  };
  const forwarder = createForward(options, parts);
  let closed: Promise<void> | undefined;
  return {
    forward: forwarder.forward,
    tunnel: createTunnel(options, parts),
    setIdentity(identity) {
      outbound = createOutbound({ ...options, ...identity });
    },
    closeSession: live.closeSession,
    judgeStreams: live.judgeAll,
    closeStreams: live.closeAll,
    streams: live.count,
    probe: createProbe(options),
    close() {
      live.closeAll();
      closed ??= forwarder.close();
      return closed;
    },
  };
}
