/**
 * The fields that a message adds to the hop-by-hop ones by naming them in `Connection` (RFC 9110, 7.6.1). They go first, before
 * anything is set, so that no nomination removes what the gate sets (S24).
 */

const NONE: ReadonlySet<string> = new Set();

/** The names, in lower case, that this `Connection` value nominates. Its usual values name none, and cost nothing. */
export function nominatedBy(connection: string | undefined): ReadonlySet<string> {
  switch (connection) {
    case undefined:
    case "keep-alive":
    case "close":
    case "Upgrade":
    case "upgrade":
      return NONE;
    default:
      return new Set(connection.split(",").map((token) => token.trim().toLowerCase()));
  }
}
