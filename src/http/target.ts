/**
 * The request target in the two forms that matter: the raw one, which is forwarded byte for byte, and the path that every
 * rule is matched against. Never through `URL`, which normalises: a gate that judges one form and forwards another can be
 * walked around (S1, S3, S4, S6).
 */

export interface Target {
  /** Origin form as it will be forwarded: the own prefix taken off where it was still there, unless it is kept. */
  readonly forward: string;
  /** The raw path without prefix and without query, for matching own paths, public paths and API prefixes. */
  readonly path: string;
  /** The raw query without its `?`, `""` when there is none. */
  readonly query: string;
  /** The path could be read in two ways (S3): it is never public and no own path. */
  readonly ambiguous: boolean;
  /** A prefix that a header claimed was taken off the path: such a target is never public (contract 3). */
  readonly prefixClaimed: boolean;
}
