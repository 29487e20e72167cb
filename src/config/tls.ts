/**
 * Judges `tls.cert` and `tls.key` as the server will: a pair that does not fit together is told where it was set, and not by the
 * first browser that is refused.
 */
import {
  type CertificateFiles,
  CertificateRefused,
  readCertificate,
} from "../server/certificate.ts";
import type { FileReader } from "./files.ts";
import type { Report } from "./report.ts";
import type { SettingsTree } from "./schema.ts";

/** The files; undefined when there is to be no TLS, or a problem, which the report then has. */
export function tlsFiles(
  { cert, key }: SettingsTree["tls"],
  files: FileReader,
  report: Report,
): CertificateFiles | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    const [missing, given] = cert === undefined ? ["cert", "key"] : ["key", "cert"];
    report.refuse(["tls", given], `must stand beside tls.${missing}`, "set both, or none");
    return undefined;
  }
  const found = {
    cert: files.locate(["tls", "cert"], cert),
    key: files.locate(["tls", "key"], key),
  };
  try {
    readCertificate(found);
    return found;
  } catch (error) {
    if (!(error instanceof CertificateRefused)) throw error;
    report.refuse(["tls", error.part], error.message);
    return undefined;
  }
}
