/** What the gate is built from, anew at each change of settings, by `assemble.ts`. Each file of this folder takes what it needs of it. */
import type { Audit } from "../base/audit.ts";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import type { PublicBase } from "../http/public-base.ts";
import type { Registry } from "../provider/registry.ts";
import type { Access } from "../session/access.ts";
import type { LoginStates } from "../session/login-state.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Tickets } from "../ticket/tickets.ts";
import type { PublicPaths } from "./public-paths.ts";
import type { Holder } from "./verdict.ts";

export interface GateSettings {
  /** Moves every own path: `""` or `/gate`. */
  readonly gateBase: string;
  /** Path prefixes of programs: never redirected, never a landing. */
  readonly apiPrefixes: readonly string[];
  /** The one outside name when `public_url` is set. */
  readonly publicUrl?: PublicBase;
  readonly login: {
    readonly title: string;
    readonly autoRedirect: boolean;
    readonly idpLogout: boolean;
  };
  readonly websocket: {
    /** Whether session cookies admit an upgrade of our own origin. Tickets always do. */
    readonly cookies: boolean;
    readonly ticketTtlSeconds: number;
    /** Origins beside the public base's own, as browsers send them. */
    readonly allowedOrigins: ReadonlySet<string>;
    readonly maxLifetimeSeconds: number;
  };
  /** Accept `Authorization: Bearer` from programs. */
  readonly bearer: boolean;
  /** Send the access token to the upstream. */
  readonly passAccessToken: boolean;
  /** Bytes of a request body at most on an own path; a larger one is 413 (S92). */
  readonly maxBodyBytes: number;
  /** Serve without sign-in. Only ever true on a loopback listener. */
  readonly insecure: boolean;
  /** As `--version` prints it. */
  readonly version: string;
}

export interface GateParts {
  readonly settings: GateSettings;
  readonly registry: Registry;
  readonly sessions: Sessions;
  readonly loginStates: LoginStates;
  readonly tickets: Tickets;
  /** The names of the session keys. */
  readonly keyNames: readonly string[];
  readonly publicPaths: PublicPaths;
  /** The `allow` rules. */
  readonly admits: Access;
  /** The identity headers of the upstream as a flat list, for forward-auth. */
  readonly identityFields: (owner: Holder, base: PublicBase) => readonly string[];
  /** The public keys of the signed identity header (RFC 7517); absent where there is none. */
  readonly jwks?: object | undefined;
  /** Ends the sockets and event streams of a session that may not enter any more (S82). */
  readonly endStreams: (sessionId: string) => void;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly audit: Audit;
}
