/**
 * The settings of the signed identity header (contract 7): whom it is for, and the keys, from a file that the operator names or from
 * one that is made once in the state directory. On only with an audience: a token that any dashboard would take could be carried
 * from one to another.
 */
import { join } from "node:path";
import type { Runtime } from "../base/runtime.ts";
import { IdentityKeyRefused, makeIdentityKey, readIdentityKeys } from "../proxy/identity-key.ts";
import type { IdentityJwtConfig } from "./config.ts";
import { errorCode, type FileReader } from "./files.ts";
import { keptFile, warnIfOpen } from "./kept-file.ts";
import type { Report } from "./report.ts";
import type { SettingsTree } from "./schema.ts";
import type { Path } from "./tree.ts";

/** The name of the key file in the state directory. */
export const identityKeyName = "identity.key";

const keyPath: Path = ["identity_jwt", "key_file"];

export interface IdentityInput {
  readonly files: FileReader;
  readonly report: Report;
  readonly runtime: Runtime;
  readonly makeKey: boolean;
}

/** The audience and the keys; undefined where identities are not signed, or a problem, which the report then has. */
export function identityJwt(
  { audience, key_file: file }: SettingsTree["identity_jwt"],
  stateDir: string,
  input: IdentityInput,
): IdentityJwtConfig | undefined {
  const { files, report } = input;
  if (audience === undefined) {
    if (file !== undefined) {
      report.refuse(keyPath, "must stand beside identity_jwt.audience", "set both, or none");
    }
    return undefined;
  }
  if (file === undefined) return { audience, ...ownKey(stateDir, input) };
  const pem = files.read(keyPath, file);
  if (pem === undefined) return undefined;
  try {
    readIdentityKeys(pem);
  } catch (error) {
    if (!(error instanceof IdentityKeyRefused)) throw error;
    const mend = "make one with: openssl ecparam -name prime256v1 -genkey -noout";
    report.refuse(keyPath, error.message, mend);
    return undefined;
  }
  return { audience, pem, keySource: "settings" };
}

/** The key file's keys; where it cannot be had, one for this process, since a dashboard that meets a new key asks for it. */
function ownKey(
  stateDir: string,
  { report, runtime, makeKey }: IdentityInput,
): Pick<IdentityJwtConfig, "pem" | "keySource"> {
  const path = join(stateDir, identityKeyName);
  try {
    const pem = keptFile(path, runtime, makeKey ? makeIdentityKey : undefined);
    if (pem === undefined) return { pem: makeIdentityKey(), keySource: "process" };
    readIdentityKeys(pem);
    warnIfOpen(path, report);
    return { pem, keySource: "file" };
  } catch (error) {
    if (error instanceof IdentityKeyRefused) {
      const hints = ["delete it to have a new one made"];
      report.problems.push({ rule: `the key file ${path} ${error.message}`, hints });
    } else {
      report.warnings.push(
        `the identity key cannot be kept in ${path} (${errorCode(error)}): it is made anew at each start, ` +
          "and several gates need the same identity_jwt.key_file",
      );
    }
    return { pem: makeIdentityKey(), keySource: "process" };
  }
}
