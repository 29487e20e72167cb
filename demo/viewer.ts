/** What the sample dashboard reads of the person: the identity headers that the gate sets, and nothing else. */
import type { IncomingHttpHeaders } from "node:http";

export interface Viewer {
  readonly user?: string;
  readonly email?: string;
  readonly name?: string;
  readonly groups?: string;
  readonly provider?: string;
}

/** Who the gate says is asking. Values come percent-encoded where they are not plain ASCII. */
export function viewerOf(headers: IncomingHttpHeaders): Viewer {
  const read = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === "string" ? decoded(value) : undefined;
  };
  const fields = {
    user: read("x-forwarded-user"),
    email: read("x-forwarded-email"),
    name: read("x-forwarded-preferred-username"),
    groups: read("x-forwarded-groups"),
    provider: read("x-forwarded-provider"),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
