/** The doctor's checks of the gate itself: its settings, the place where people reach it, and its keys. */
import { accessSync, constants, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { showListen } from "../config/address.ts";
import type { Config } from "../config/config.ts";
import { identityKeyName } from "../config/identity-jwt.ts";
import { tellsOfOpenFile } from "../config/kept-file.ts";
import { keyFileName } from "../config/key-file.ts";
import { type Problem, problemLine } from "../config/problems.ts";
import { ownPaths } from "../gate/own-paths.ts";
import { createCookieTable } from "../session/cookie-table.ts";
import type { Finding } from "./doctor-finding.ts";

/** What is wrong with a configuration that cannot be used, and how to mend it. */
export function listProblems(problems: readonly Problem[]): readonly Finding[] {
  return problems.map((problem) => ({
    ...{ state: "fail", subject: "configuration", text: problemLine(problem) },
    ...(problem.hints.length > 0 && { mend: problem.hints.join("\n") }),
  }));
}

/** That the configuration is good, its warnings, and the providers that it leaves out. */
export function listSettings(config: Config): readonly Finding[] {
  const subject = "configuration";
  return [
    { state: "ok", subject, text: "every setting is valid" },
    ...config.warnings.map(
      (text): Finding => ({ state: tellsOfOpenFile(text) ? "fail" : "note", subject, text }),
    ),
    ...config.skippedProviders.map(
      ({ name, reason }): Finding => ({ state: "note", subject, text: `${name}: ${reason}` }),
    ),
  ];
}

/** The redirect URI, and the cookies that a browser gets at the public base; without sign-in, what that means. */
export function checkPlace(config: Config): readonly Finding[] {
  const { publicUrl, gateBase, session, insecure, listen } = config;
  if (insecure) {
    const text = `none, with --insecure: whoever reaches ${showListen(listen)} reaches the dashboard`;
    return [
      { state: "note", subject: "sign-in", text, mend: "add a provider, and drop --insecure" },
    ];
  }
  const { callback } = ownPaths(gateBase);
  if (publicUrl === undefined) {
    const text = `register <public base>${callback} at the provider; the base is taken from each request`;
    return [
      { state: "note", subject: "redirect URI", text, mend: "set public_url, or check with --url" },
    ];
  }
  const { scheme, host, prefix } = publicUrl;
  const uri = publicUrl.url(callback);
  const first = { state: "ok", subject: "redirect URI", text: `register ${uri}` } as const;
  const name = createCookieTable(session.cookiePrefix).nameFor(publicUrl, "at");
  const cookie = `${name} with Path=${prefix || "/"}`;
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
  if (scheme === "https" || local) {
    return [first, { state: "ok", subject: "cookies", text: `browsers accept ${cookie}` }];
  }
  return [
    first,
    {
      ...{ state: "fail", subject: "cookies" },
      text: `${cookie} goes over the network in clear, for public_url is http and ${host} is not this machine`,
      mend: "put TLS before the gate, or set tls.cert and tls.key, and write https:// into public_url",
    },
  ];
}

/** Where the keys come from. That others can read a file of them is a warning of the configuration. */
export function checkKeys({ session, identityJwt, stateDir }: Config): readonly Finding[] {
  const sealing = keyFinding(session.secretSource, stateDir, {
    ...{ subject: "session key", name: keyFileName },
    lost: "sessions would end with each restart",
    mend: "let this user write there, or set HERMES_GATE_STATE_DIR or HERMES_GATE_SESSION_SECRET_FILE",
  });
  if (identityJwt === undefined) return [sealing];
  const signing = keyFinding(identityJwt.keySource, stateDir, {
    ...{ subject: "identity key", name: identityKeyName },
    lost: "another would be made at each start",
    mend: "let this user write there, or set HERMES_GATE_STATE_DIR or identity_jwt.key_file",
  });
  return [sealing, signing];
}

interface KeyFile {
  readonly subject: string;
  readonly name: string;
  /** What follows when it cannot be kept. */
  readonly lost: string;
  readonly mend: string;
}

function keyFinding(
  source: "settings" | "file" | "process",
  stateDir: string,
  { subject, name, lost, mend }: KeyFile,
): Finding {
  const file = join(stateDir, name);
  if (source === "settings") return { state: "ok", subject, text: "from the settings" };
  if (source === "file") return { state: "ok", subject, text: `from ${file}` };
  try {
    accessSync(nearest(stateDir), constants.W_OK);
    return { state: "ok", subject, text: `will be made in ${file} at the first start` };
  } catch {
    return { state: "fail", subject, text: `cannot be kept in ${file}: ${lost}`, mend };
  }
}

/** The folder itself, or the nearest one above it that exists. */
function nearest(folder: string): string {
  if (existsSync(folder) || folder === dirname(folder)) return folder;
  return nearest(dirname(folder));
}
