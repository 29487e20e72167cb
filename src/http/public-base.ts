/**
 * How the outside names the gate (contract 9): one value per request, from `public_url`, trusted headers or the connection.
 * A wrong answer here is a redirect URI, a cookie or an expected origin that an attacker chose, so every part is validated
 * before it becomes one (S16, S18-S20).
 */

export interface PublicBase {
  readonly scheme: "http" | "https";
  /** Host with the port where it is not the scheme's own, lower-cased. */
  readonly host: string;
  /** `""` or `/hermes`: no trailing slash. */
  readonly prefix: string;
  /** `scheme://host`, as a browser sends it in `Origin`. */
  readonly origin: string;
  /** What a browser must ask for to reach this path of the gate or the dashboard: the prefix, then the path. */
  href(path: string): string;
  /** The absolute URL of the same. */
  url(path: string): string;
}

/** The base of parts that were validated before: a lower-case host without default port, a prefix as `forwarded` reads it. */
export function makeBase(scheme: "http" | "https", host: string, prefix: string): PublicBase {
  const origin = `${scheme}://${host}`;
  return {
    scheme,
    host,
    prefix,
    origin,
    href: (path) => prefix + path,
    url: (path) => origin + prefix + path,
  };
}
