/**
 * Chooses the session secrets: those of the settings, in text or in a file, else the key file's. A short secret is refused
 * and never stretched: it can be guessed, and with it every session can be made (S56).
 */
import type { Runtime } from "../base/runtime.ts";
import type { FileReader } from "./files.ts";
import type { SessionSecrets } from "./key-file.ts";
import { isShort, keyFileSecrets, minSecretBytes, splitSecrets } from "./key-file.ts";
import type { Report } from "./report.ts";
import type { SettingsTree } from "./schema.ts";
import type { Path } from "./tree.ts";

const textPath: Path = ["session", "secret"];
const filePath: Path = ["session", "secret_file"];

export interface SecretInput {
  readonly files: FileReader;
  readonly report: Report;
  readonly runtime: Runtime;
  readonly makeKey: boolean;
}

/** The secrets, the sealing one first. A file holds one a line. */
export function sessionSecrets(
  { secret, secret_file: file }: SettingsTree["session"],
  stateDir: string,
  { files, report, runtime, makeKey }: SecretInput,
): SessionSecrets {
  if (secret === undefined && file === undefined) {
    return keyFileSecrets(stateDir, runtime, report, makeKey);
  }
  if (secret !== undefined && file !== undefined) {
    report.refuse(filePath, "must not stand beside session.secret", "remove one of the two");
  }
  const text = file === undefined ? undefined : files.read(filePath, file);
  const unread = file !== undefined && text === undefined;
  const secrets = text === undefined ? [secret ?? []].flat() : splitSecrets(text);
  if (!unread && (secrets.length === 0 || secrets.some(isShort))) {
    const holds = file === undefined ? "must be" : "must name a file of one a line,";
    const rule = `${holds} a secret of at least ${minSecretBytes} bytes`;
    report.refuse(
      file === undefined ? textPath : filePath,
      rule,
      "make one with: hermes-gate keygen",
    );
  }
  return { secrets, secretSource: "settings" };
}
