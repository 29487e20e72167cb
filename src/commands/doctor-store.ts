/**
 * The doctor's check of the store. What a client library says of a failure is about its own inside; an operator is told what was
 * found at the address, and which part of the setting mends it. Names neither user nor password.
 */
import { type LogFields, silentLog } from "../base/log.ts";
import type { Runtime } from "../base/runtime.ts";
import { showStore } from "../config/store-setting.ts";
import type { StoreAddress } from "../store/address.ts";
import { openStore, type StoreSetting } from "../store/open.ts";
import type { Finding } from "./doctor-finding.ts";

/** Asks the store for a key that nothing is stored under, by the newest command of those that a gate needs. */
export async function checkStore(
  setting: StoreSetting,
  runtime: Runtime,
): Promise<readonly Finding[]> {
  const subject = "store";
  if (setting === "memory")
    return [{ state: "ok", subject, text: "memory, of each process alone" }];
  const started = runtime.now();
  // What went wrong first, at the connection: a command knows only that there is none.
  const reasons: string[] = [];
  const log = { ...silentLog, error: ({ reason }: LogFields) => reasons.push(String(reason)) };
  try {
    const store = await openStore(setting, { runtime, log });
    await store.take("doctor").finally(() => store.close());
  } catch (error) {
    reasons.push(error instanceof Error ? error.message : String(error));
  }
  const ms = runtime.now() - started;
  const [reason] = reasons;
  if (reason === undefined) {
    return [{ state: "ok", subject, text: `${showStore(setting)} answers`, ms }];
  }
  const { found, mend } = explain(reason, setting);
  const text = `asked ${showStore(setting)} for a key: ${found}`;
  return [{ state: "fail", subject, text, mend, ms }];
}

interface Explained {
  readonly found: string;
  readonly mend: string;
}

interface Fault extends Explained {
  /** Of a system error's code, or of what the server or the library said. */
  readonly says: RegExp;
  /** Only over TLS, or only without. */
  readonly tls?: boolean;
}

const correctPlace = "correct host and port in store";
const writeUser = "write them into store as redis://user:password@host, percent-encoded";
const orNoTls = `write redis:// where it speaks no TLS, else ${correctPlace}`;
const orTls = `write rediss:// where it speaks TLS, else ${correctPlace}`;

/** The first that fits. */
const faults: readonly Fault[] = [
  {
    says: /^ECONNREFUSED$/,
    found: "nothing listens there",
    mend: `start it, or ${correctPlace}`,
  },
  {
    says: /^(ENOTFOUND|EAI_AGAIN)$/,
    found: "this machine cannot resolve that name",
    mend: "correct the host in store, or this machine's DNS",
  },
  {
    says: /^(EHOSTUNREACH|ENETUNREACH)$/,
    found: "no way leads there from this machine",
    mend: `${correctPlace}, or this machine's network`,
  },
  {
    says: /^NOAUTH/,
    found: "it wants a password, and store has none",
    mend: writeUser.replace("them", "user and password"),
  },
  {
    says: /^WRONGPASS|^ERR invalid password/,
    found: "it refuses user and password",
    mend: `correct user and password: ${writeUser}`,
  },
  {
    says: /^NOPERM/,
    found: "its user may not do what a gate has to",
    mend: "allow that user all commands on keys and channels that begin with hermes-gate:",
  },
  {
    says: /^READONLY/,
    found: "it is a replica, which only reads",
    mend: "name its primary in store",
  },
  {
    says: /unknown command/i,
    found: "it is older than Redis 6.2",
    mend: "use Redis 6.2 or newer, or Valkey",
  },
  {
    says: /DB index|invalid DB/i,
    found: "it has no database of that number",
    mend: "correct the number at the end of store",
  },
  {
    says: /CERT|SIGNATURE/,
    found: "its certificate is not trusted",
    mend: "name the authority of its certificate in NODE_EXTRA_CA_CERTS, and the host as the certificate does",
  },
  {
    says: /^ERR_SSL|^EPROTO$/,
    found: "what listens there speaks no TLS, or another version of it",
    mend: orNoTls,
  },
  {
    says: /RESP type|Protocol error/i,
    found: "what listens there is no Redis",
    mend: orTls,
  },
  {
    says: /^(ETIMEDOUT|Command timed out)$/,
    tls: true,
    found: "no TLS connection in time",
    mend: `${orNoTls}, or let a firewall pass it`,
  },
  {
    says: /^ETIMEDOUT$/,
    found: "no connection in time",
    mend: `${correctPlace}, or let a firewall pass it`,
  },
  {
    says: /^Command timed out$/,
    found: "it takes the connection and does not answer in time",
    mend: `look whether it hangs; ${orTls}`,
  },
  {
    says: /^(ECONNRESET|EPIPE)$|isn't writeable|Connection is closed/,
    tls: true,
    found: "it closed the connection without an answer",
    mend: orNoTls,
  },
  {
    says: /^(ECONNRESET|EPIPE)$|isn't writeable|Connection is closed/,
    found: "it closed the connection without an answer",
    mend: orTls,
  },
];

/** With the code that the system or the server gave, by which it can be looked up. */
function explain(reason: string, { tls }: StoreAddress): Explained {
  const fault = faults.find((one) => one.says.test(reason) && (one.tls ?? tls) === tls);
  if (fault === undefined) return { found: reason, mend: `look into its log, or ${correctPlace}` };
  const code = /^[A-Z][A-Z_]{3,}(?=$| )/.exec(reason)?.[0];
  return { ...fault, found: code === undefined ? fault.found : `${fault.found} (${code})` };
}
