/**
 * The certificate of the gate's own TLS: judged before it is used, and read again when its files change, since certificates are
 * renewed by programs that know nothing of the gate. A new pair that cannot be used leaves the old one in place: half of it is
 * there for a moment at each renewal.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { Server as TlsServer } from "node:https";
import type { Log } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";

/** Absolute paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The files are not a pair to serve with: which of the two, and the rule that it breaks. */
export class CertificateRefused extends Error {
  override readonly name = "CertificateRefused";
  readonly part: keyof CertificateFiles;

  constructor(part: keyof CertificateFiles, rule: string) {
    super(rule);
    this.part = part;
  }
}

/** TLS 1.2 and later: what every browser and program of the last ten years has. */
export const minTlsVersion = "TLSv1.2";

/** Reads and judges the pair. Fails with CertificateRefused. */
export function readCertificate(files: CertificateFiles): CertificatePair {
  const cert = read("cert", files);
  const key = read("key", files);
  const certificate = attempt(
    () => new X509Certificate(cert),
    () => new CertificateRefused("cert", "must name a file with a PEM certificate"),
  );
  const privateKey = attempt(
    () => createPrivateKey(key),
    () => new CertificateRefused("key", "must name a file with a PEM key, without a passphrase"),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateRefused("key", "must name the key of the certificate, and is another's");
  }
  return { cert, key, expiresAt: Date.parse(certificate.validTo) };
}

export interface CertificateWatch {
  /** Looks at once instead of at the next turn. */
  look(): void;
  stop(): void;
}

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  readonly current: CertificatePair;
  /** Given the new pair for its connections from here on. */
  readonly server: Pick<TlsServer, "setSecureContext">;
  readonly runtime: Runtime;
  readonly log: Log;
  /** Milliseconds between two looks. Default 10000. */
  readonly everyMs?: number;
}

/** Looks at the files again and again, by their text: renewals move links, which no watch of the system follows well. */
export function watchCertificate(options: CertificateWatchOptions): CertificateWatch {
  const { files, server, runtime, log } = options;
  let current = options.current;
  let told: string | undefined;

  function look(): void {
    try {
      const found = readCertificate(files);
      told = undefined;
      if (found.cert === current.cert && found.key === current.key) return;
      server.setSecureContext({ cert: found.cert, key: found.key, minVersion: minTlsVersion });
      current = found;
      log.info({ cert: files.cert, expires: isoDate(found) }, "the TLS certificate was renewed");
      warnIfExpired(found, runtime, log);
    } catch (error) {
      const reason =
        error instanceof CertificateRefused ? `tls.${error.part} ${error.message}` : String(error);
      if (reason === told) return;
      told = reason;
      log.error({ reason }, "the new TLS certificate cannot be used: the one before stays");
    }
  }

  warnIfExpired(current, runtime, log);
  const timer = setInterval(look, options.everyMs ?? 10_000).unref();
  return { look, stop: () => clearInterval(timer) };
}

/** Whether it is one to be given a certificate. */
export function isTlsServer(server: Server): server is TlsServer {
  return server instanceof TlsServer;
}

function warnIfExpired(pair: CertificatePair, runtime: Runtime, log: Log): void {
  if (pair.expiresAt > runtime.now()) return;
  log.warn({ expired: isoDate(pair) }, "the TLS certificate has expired: browsers refuse it");
}

function isoDate({ expiresAt }: CertificatePair): string {
  return new Date(expiresAt).toISOString();
}

function read(part: keyof CertificateFiles, files: CertificateFiles): string {
  try {
    return readFileSync(files[part], "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CertificateRefused(part, `must name a file that can be read (${code})`);
  }
}

function attempt<T>(make: () => T, refused: () => Error): T {
  try {
    return make();
  } catch {
    throw refused();
  }
}
