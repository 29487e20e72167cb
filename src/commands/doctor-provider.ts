/** The doctor's checks of one identity provider: what it says of itself, its keys, and how far its clock is from ours. */
import type { Log } from "../base/log.ts";
import type { Fetch, Runtime } from "../base/runtime.ts";
import { askForObject } from "../provider/ask.ts";
import { ProviderUnavailable } from "../provider/contract.ts";
import { createDiscovery } from "../provider/discovery.ts";
import { leewaySeconds } from "../provider/jwt.ts";
import type { ProviderSettings } from "../provider/settings.ts";
import type { Finding } from "./doctor-finding.ts";

export interface ProviderCheckDeps {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly fetch: Fetch;
}

/** One that has nothing to ask without a person, GitHub or a module, is only named. */
export async function checkProvider(
  settings: ProviderSettings,
  deps: ProviderCheckDeps,
): Promise<readonly Finding[]> {
  const { name } = settings;
  if (settings.type !== "oidc" && settings.type !== "nous") {
    const text = `"${name}" is a ${settings.type} provider: only a sign-in shows whether it works`;
    return [{ state: "note", subject: "provider", text }];
  }
  const dates: (string | null)[] = [];
  const fetch: Fetch = async (url, init) => {
    const answer = await deps.fetch(url, init);
    dates.push(answer.headers.get("date"));
    return answer;
  };
  const findings: Finding[] = [];
  let keysUrl = settings.type === "nous" ? `${settings.portalUrl}/.well-known/jwks.json` : "";
  if (settings.type === "oidc") {
    const { issuer } = settings;
    const ask = createDiscovery(name, issuer, { ...deps, fetch });
    const found = await timed(deps.runtime, async () => {
      keysUrl = (await ask()).jwks_uri;
      return `"${name}": ${issuer} names its endpoints`;
    });
    findings.push({ ...found, subject: "discovery" });
    if (found.state === "fail") return findings;
  }
  const found = await timed(deps.runtime, async () => {
    const { keys } = await askForObject(fetch, `"${name}": the key endpoint`, keysUrl);
    if (Array.isArray(keys) && keys.length > 0) return `"${name}": ${keys.length} at ${keysUrl}`;
    throw new ProviderUnavailable(`"${name}": ${keysUrl} holds no key`);
  });
  findings.push({ ...found, subject: "signing keys" });
  return [...findings, ...clockFindings(dates.at(-1) ?? null, name, deps.runtime)];
}

/** What the `Date` of the last answer says of the two clocks; nothing where there was none. */
function clockFindings(date: string | null, name: string, runtime: Runtime): readonly Finding[] {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return [];
  const seconds = Math.round((runtime.now() - theirs) / 1000);
  const subject = "clock";
  if (Math.abs(seconds) <= leewaySeconds) {
    return [{ state: "ok", subject, text: `within ${Math.abs(seconds)} s of "${name}"'s` }];
  }
  const text = `${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} "${name}"'s: tokens will be refused`;
  return [{ state: "fail", subject, text, mend: "set this machine's clock, by NTP" }];
}

async function timed(
  runtime: Runtime,
  ask: () => Promise<string>,
): Promise<Omit<Finding, "subject">> {
  const started = runtime.now();
  try {
    const text = await ask();
    return { state: "ok", text, ms: runtime.now() - started };
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    const misconfigured = error instanceof ProviderUnavailable && error.misconfigured;
    const mend = misconfigured
      ? "write the issuer exactly as the provider names it"
      : "check issuer, DNS and the way out of this machine: the gate itself must reach it";
    const text = `${message}${reasonOf(cause)}`;
    return { state: "fail", text, mend, ms: runtime.now() - started };
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  return ` (${"code" in cause ? String(cause.code) : cause.message})`;
}
