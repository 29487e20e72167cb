/**
 * Reads the settings that name hosts, origins and header fields, each in the one spelling that they are compared in. A
 * name that can never match, for its port or its capital letters, is a gate that is shut or open by mistake.
 */
import { foldName, isReservedField } from "../http/fields.ts";
import { hasPort, hostName, parseHost } from "../http/host.ts";
import type { IdentityField, IdentityHeaders } from "../proxy/contract.ts";
import type { Report } from "./report.ts";

/** The hosts in lower case, without port and final dot. An entry with a port is a problem. */
export function allowedHosts(entries: readonly string[], report: Report): readonly string[] {
  return entries.map((entry, index) => {
    const host = parseHost(entry);
    if (host === undefined || hasPort(host)) {
      const rule = "must be a host name without scheme, port or path";
      const bare = entry.replace(/^https?:\/\//i, "").replace(/(:\d+)?(\/.*)?$/, "");
      report.refuse(["allowed_hosts", index], rule, `write ${JSON.stringify(bare)}`);
    }
    return hostName(host ?? entry);
  });
}

/** The origins as a browser sends them: lower case, without default port. */
export function allowedOrigins(entries: readonly string[], report: Report): readonly string[] {
  return entries.map((entry, index) => {
    const origin = URL.canParse(entry) ? new URL(entry).origin : "null";
    const given = entry.toLowerCase().replace(/:(80|443)$/, "");
    if (/^https?:\/\//.test(origin) && given === origin.replace(/:(80|443)$/, "")) return origin;
    const mend = /^https?:\/\//.test(origin) ? [`write ${JSON.stringify(origin)}`] : [];
    const rule = 'must be an origin as "https://host[:port]"';
    report.refuse(["websocket", "allowed_origins", index], rule, ...mend);
    return origin;
  });
}

/** The header names with their fields. A name of HTTP's own is a problem, and so are two names that servers take for one. */
export function identityHeaders(
  entries: Readonly<Record<string, IdentityField>>,
  report: Report,
): IdentityHeaders {
  const seen = new Map<string, string>();
  for (const name of Object.keys(entries)) {
    const folded = foldName(name);
    const other = seen.get(folded);
    if (isReservedField(folded)) {
      const rule = "must not be a header of HTTP itself, or one that the gate sets otherwise";
      report.refuse(["identity_headers", name], rule, 'use a name of its own, as "X-WEBAUTH-USER"');
    } else if (other !== undefined) {
      const rule = `must differ from "${other}" by more than case and signs`;
      report.refuse(["identity_headers", name], rule, "remove one of the two");
    }
    seen.set(folded, name);
  }
  return new Map(Object.entries(entries));
}
