/** A throw-away certificate for the hosts of `deploy/`, made by openssl: nothing believes it but the test's own browser. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificate {
  /** Paths of PEM files; `both` holds the certificate and then the key. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly bothFile: string;
  /** What a client must believe, as PEM. */
  readonly ca: string;
}

/** Writes one for these hosts into the folder. Throws when there is no openssl. */
export function makeCertificate(folder: string, hosts: readonly string[]): Certificate {
  const certFile = join(folder, "outer.crt");
  const keyFile = join(folder, "outer.key");
  const names = hosts.map((host) => `DNS:${host}`).join(",");
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
  const subject = ["-subj", "/CN=hermes-gate test", "-addext", `subjectAltName=${names}`];
  const out = ["-days", "2", "-keyout", keyFile, "-out", certFile];
  execFileSync("openssl", ["req", "-x509", ...curve, ...subject, ...out], { stdio: "pipe" });
  const ca = readFileSync(certFile, "utf8");
  const bothFile = join(folder, "outer.pem");
  writeFileSync(bothFile, ca + readFileSync(keyFile, "utf8"), { mode: 0o600 });
  return { certFile, keyFile, bothFile, ca };
}
