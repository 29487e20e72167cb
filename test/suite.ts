/**
 * The whole suite, as `npm test` runs it: every test, and then a search of all that the gates of the end-to-end tests wrote,
 * at their most talkative, for every token, code, state, ticket and cookie that was issued in them (S101). Fails when a test
 * fails, when a secret is found, and when there was nothing to search. With test files as arguments it runs those alone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evidenceVariable, readEvidence } from "./support/evidence.ts";
import { findLeaks } from "./support/search.ts";

/** What a run of everything cannot be without. A kind that is missing means that nobody looked for it. */
const expectedKinds = [
  ...["code", "state", "nonce", "code_verifier", "access_token", "refresh_token", "id_token"],
  ...["ticket", "hermes_session_at", "hermes_session_rt", "hermes_session_pkce"],
];

async function runTests(files: readonly string[], folder: string): Promise<number> {
  const child = spawn(process.execPath, ["--test", ...files], {
    stdio: "inherit",
    env: { ...process.env, [evidenceVariable]: folder },
  });
  const [code] = await once(child, "exit");
  return code ?? 1;
}

/** Why the run may not pass, a sentence each. */
function search(folder: string, whole: boolean): readonly string[] {
  const { secrets, output } = readEvidence(folder);
  const kinds = secrets.map(({ kind }) => kind.replace(/^__(?:Host|Secure)-/, ""));
  const missing = expectedKinds.filter((kind) => !kinds.some((known) => known.startsWith(kind)));
  const leaks = findLeaks(secrets, output).map(
    ({ kind, line }) => `a ${kind} was written: ${line}`,
  );
  console.log(`searched ${output.length} characters of output for ${secrets.length} secrets`);
  if (!whole) return leaks;
  const empty = output.length === 0 ? ["no gate wrote anything that could be searched"] : [];
  return [...leaks, ...empty, ...missing.map((kind) => `no ${kind} was issued in the whole run`)];
}

const folder = mkdtempSync(join(tmpdir(), "hermes-gate-suite-"));
try {
  const chosen = process.argv.slice(2);
  const whole = chosen.length === 0;
  process.exitCode = await runTests(whole ? ["test/**/*.test.ts"] : chosen, folder);
  for (const problem of search(folder, whole)) {
    console.error(`error: ${problem}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
