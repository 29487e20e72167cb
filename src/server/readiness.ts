/**
 * Whether a load balancer should send people here. What only this gate can mend by being left alone counts: it drains, or its
 * store is away. An upstream or a provider that is away is shown and does not count: every other gate would see the same, and
 * taking all of them out of service would turn an outage of one part into one of everything.
 */
import type { Upstream } from "../proxy/contract.ts";
import type { Store } from "../store/contract.ts";

export interface Readiness {
  readonly ready: boolean;
  readonly draining: boolean;
  /** Where the session key comes from; one that is of the process alone ends with it. */
  readonly session_key: "settings" | "file" | "process" | "absent";
  readonly store: "ok" | "unavailable";
  /** `ok`, or the code and the mend. Shown, not failing. */
  readonly upstream: string;
  /** By host: how its last call went. Empty before the first. Shown, not failing. */
  readonly idp: Readonly<Record<string, "ok" | "failing">>;
}

export interface ReadinessParts {
  readonly stopping: () => boolean;
  readonly sessionKey: () => {
    readonly secrets: readonly string[];
    readonly secretSource: "settings" | "file" | "process";
  };
  readonly store: Pick<Store, "get">;
  readonly upstream: Pick<Upstream, "probe">;
  readonly idp: ReadonlyMap<string, { readonly up: boolean }>;
}

/** A key that nothing is ever stored under: only whether the store answers is of interest. */
const probeKey = "readyz";

/** The look around. Those who ask at the same time share one. It never fails. */
export function createReadiness(parts: ReadinessParts): () => Promise<Readiness> {
  let underWay: Promise<Readiness> | undefined;
  return () => {
    underWay ??= look(parts).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

async function look(parts: ReadinessParts): Promise<Readiness> {
  const [store, failure] = await Promise.all([askStore(parts.store), parts.upstream.probe()]);
  const draining = parts.stopping();
  const { secrets, secretSource } = parts.sessionKey();
  const key = secrets.length === 0 ? "absent" : secretSource;
  return {
    ready: !draining && store === "ok" && key !== "absent",
    draining,
    session_key: key,
    store,
    upstream: failure === undefined ? "ok" : `${failure.code}: ${failure.facts["hint"] ?? ""}`,
    idp: Object.fromEntries([...parts.idp].map(([host, { up }]) => [host, up ? "ok" : "failing"])),
  };
}

async function askStore(store: Pick<Store, "get">): Promise<"ok" | "unavailable"> {
  try {
    await store.get(probeKey);
    return "ok";
  } catch {
    return "unavailable";
  }
}
