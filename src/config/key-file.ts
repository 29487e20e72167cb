/**
 * Where session secrets come from when no setting gives them: a key file that is made once in the state directory, else, where
 * nothing can be written, a key that lives as long as the process, with a warning (S56). A key that was made anew at each
 * start without a word would sign everybody out at each start, and replicas would refuse each other's cookies.
 */
import { join } from "node:path";
import type { Runtime } from "../base/runtime.ts";
import { randomToken } from "../base/secret.ts";
import type { SessionConfig } from "./config.ts";
import { errorCode } from "./files.ts";
import { keptFile, warnIfOpen } from "./kept-file.ts";
import type { Report } from "./report.ts";

/** Bytes that a session secret has at least. */
export const minSecretBytes = 32;

export type SessionSecrets = Pick<SessionConfig, "secrets" | "secretSource">;

/** The name of the key file in the state directory. */
export const keyFileName = "session.key";

/** The secrets of the key file, one a line: the first seals, all open. Makes the file when there is none and `make` is set. */
export function keyFileSecrets(
  stateDir: string,
  runtime: Runtime,
  report: Report,
  make: boolean,
): SessionSecrets {
  const path = join(stateDir, keyFileName);
  const passing: SessionSecrets = { secrets: [randomToken(runtime)], secretSource: "process" };
  try {
    const text = keptFile(path, runtime, make ? () => `${randomToken(runtime)}\n` : undefined);
    if (text === undefined) return passing;
    const secrets = splitSecrets(text);
    if (secrets.length === 0 || secrets.some(isShort)) {
      report.problems.push({
        rule: `the key file ${path} must hold a secret of at least ${minSecretBytes} bytes a line`,
        hints: ["delete it to have a new one made: every session then ends"],
      });
      return passing;
    }
    warnIfOpen(path, report);
    return { secrets, secretSource: "file" };
  } catch (error) {
    report.warnings.push(
      `the session key cannot be kept in ${path} (${errorCode(error)}): sessions end with this process, ` +
        "and replicas need the same session.secret; set HERMES_GATE_SESSION_SECRET_FILE or HERMES_GATE_STATE_DIR",
    );
    return passing;
  }
}

/** The secrets of a file's text, one a line. */
export function splitSecrets(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line !== "");
}

/** True for a secret that is too short to seal with. */
export function isShort(secret: string): boolean {
  return Buffer.byteLength(secret) < minSecretBytes;
}
