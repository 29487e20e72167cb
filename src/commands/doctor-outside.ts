/**
 * The doctor's visit from outside, through whatever stands before the gate. What the gate takes itself for is read from the
 * redirect URI of a sign-in that it begins: it shows which forwarded headers arrived and were believed (contract 9).
 */
import type { Config } from "../config/config.ts";
import { ownPaths } from "../gate/own-paths.ts";
import { isObject } from "../provider/ask.ts";
import type { Finding } from "./doctor-finding.ts";
import type { ProviderCheckDeps } from "./doctor-provider.ts";

const subject = "outer proxy";

/** Visits the gate at this URL, which may end with the prefix. */
export async function checkOutside(
  given: string,
  config: Config,
  deps: ProviderCheckDeps,
): Promise<readonly Finding[]> {
  const started = deps.runtime.now();
  const url = given.replace(/\/+$/, "");
  const paths = ownPaths(config.gateBase);
  const [provider] = config.providers;
  try {
    const status = await deps.fetch(url + paths.status, {});
    const body: unknown = await status.json().catch(() => undefined);
    const ms = deps.runtime.now() - started;
    if (!isObject(body) || body["auth_required"] === undefined) {
      const text = `${url + paths.status} answered ${status.status}, and not as a gate`;
      const mend = "let the proxy send everything below that address to the gate";
      return [{ state: "fail", subject, text, mend, ms }];
    }
    const reached: Finding = { state: "ok", subject, text: `${url} leads to a gate`, ms };
    if (body["auth_required"] === false) return [reached, withoutSignIn(config)];
    if (provider === undefined) return [reached];
    const begun = await deps.fetch(`${url}${paths.beginLogin}?provider=${provider.name}`, {});
    return [reached, judgeBegun(begun, url, url + paths.callback)];
  } catch (error) {
    const ms = deps.runtime.now() - started;
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const text = `asked ${url + paths.status}: ${reason}`;
    return [
      { state: "fail", subject, text, mend: "check the address, and that the proxy runs", ms },
    ];
  }
}

/** Through a proxy, the gate's own guard that it listens on loopback says nothing: whoever reaches the proxy is in. */
function withoutSignIn({ insecure }: Config): Finding {
  const text = "the gate there serves without sign-in: whoever reaches it reaches the dashboard";
  const mend = "start it without --insecure";
  return { state: insecure ? "note" : "fail", subject: "sign-in", text, mend };
}

function judgeBegun(begun: Response, url: string, wanted: string): Finding {
  const location = begun.headers.get("location") ?? "";
  const uri = URL.canParse(location) ? new URL(location).searchParams.get("redirect_uri") : null;
  if (uri === null || !URL.canParse(uri)) {
    const text = `a sign-in there does not begin: ${begun.status}`;
    return { state: "fail", subject, text, mend: "look into the gate's log" };
  }
  if (uri === wanted) {
    return {
      state: "ok",
      subject: "forwarded",
      text: `scheme, host and prefix arrive: register ${uri}`,
    };
  }
  const [found, expected] = [new URL(uri), new URL(url)];
  const missing = [
    ...(found.protocol === expected.protocol ? [] : ["X-Forwarded-Proto"]),
    ...(found.host === expected.host ? [] : ["Host or X-Forwarded-Host"]),
    ...(found.pathname === new URL(wanted).pathname ? [] : ["X-Forwarded-Prefix"]),
  ];
  const text = `the gate takes itself for ${uri}: ${missing.join(", ")} did not arrive, or is not believed`;
  const mend = "let the proxy send it and list the proxy in trusted_proxies, or set public_url";
  return { state: "fail", subject: "forwarded", text, mend };
}
