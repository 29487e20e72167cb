/** The sessions of several gates on one store, before one provider that rotates and takes no token twice. */
import type { AuditEvent } from "../../src/base/audit.ts";
import { createEndedSessions, type EndedSessions } from "../../src/session/ended.ts";
import type { Refresher } from "../../src/session/refresh.ts";
import { createRefreshMemory } from "../../src/session/refresh-memory.ts";
import { createRefreshing } from "../../src/session/refreshing.ts";
import type { Sealer } from "../../src/session/seal.ts";
import type { Session } from "../../src/session/session.ts";
import {
  logInto,
  rotatingProvider,
  sealer,
  sessionAt,
  type TestProvider,
} from "./session-parts.ts";
import { createSharedStore, type SharedStore, type StoreView } from "./shared-store.ts";
import { type TestRuntime, testRuntime } from "./still-clock.ts";

export interface Process {
  readonly store: StoreView;
  readonly refresher: Refresher;
  readonly ended: EndedSessions;
  readonly logged: string[];
  readonly audited: AuditEvent[];
  /** Refreshes the session as a request with its cookies would. */
  refresh(session?: Session): ReturnType<Refresher["refresh"]>;
}

export interface Processes {
  readonly runtime: TestRuntime;
  readonly provider: TestProvider;
  readonly store: SharedStore;
  /** A session whose access token has expired, with the provider's first refresh token. */
  readonly stale: Session;
  start(options?: { readonly sealer?: Sealer }): Process;
}

const subject = { id: "request", clientAddress: "203.0.113.7" };

export function createProcesses(
  options: { readonly rotates?: boolean; readonly lifeMs?: number } = {},
): Processes {
  const runtime = testRuntime();
  const provider = rotatingProvider(runtime, options);
  const { refreshToken = "" } = provider.login();
  const stale = sessionAt(runtime.now() - 60_000, { refreshToken });
  const store = createSharedStore(runtime);
  return {
    ...{ runtime, provider, store, stale },
    start(own = {}) {
      const view = store.view();
      const logged: string[] = [];
      const audited: AuditEvent[] = [];
      const log = logInto(logged);
      const ended = createEndedSessions({ store: view, runtime, log });
      const memory = createRefreshMemory(runtime, view);
      const refresher = createRefreshing({
        ...{ store: view, sealer: own.sealer ?? sealer, runtime, log, ended, memory },
        audit: (event) => audited.push(event),
        provider: () => provider,
        keepAccessToken: true,
        keepIdToken: false,
      });
      ended.onEnd(memory.forget);
      const refresh = (session: Session = stale) => refresher.refresh(session, subject);
      return { store: view, refresher, ended, logged, audited, refresh };
    },
  };
}
