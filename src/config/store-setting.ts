/**
 * Reads where the shared store is. Apart from the other addresses because its URL may hold a password: what is wrong with it
 * is told without the text, and the rest of the gate gets the parts, so that no other reader takes the URL apart differently.
 */
import type { StoreAddress } from "../store/address.ts";
import type { StoreSetting } from "../store/open.ts";
import type { Read } from "./address.ts";
import type { FileReader } from "./files.ts";
import { withoutNewline } from "./files.ts";
import type { Report } from "./report.ts";
import type { SettingsTree } from "./schema.ts";

const rule =
  'must be "memory", "redis://[user:password@]host[:port][/database]" or the same with "rediss://"';
const encode = "write what is no letter or digit in user and password percent-encoded, as %2F";

/** The store of the settings, its URL in text or in a file. `memory` when there is a problem, which the report then has. */
export function storeSetting(
  { store, store_file: file }: Pick<SettingsTree, "store" | "store_file">,
  files: FileReader,
  report: Report,
): StoreSetting {
  if (file !== undefined && store !== "memory") {
    report.refuse(["store_file"], "must not stand beside store", "remove one of the two");
    return "memory";
  }
  const text = file === undefined ? store : files.read(["store_file"], file);
  if (text === undefined) return "memory";
  const read = readStore(withoutNewline(text));
  if (read.ok) return read.value;
  const hints = read.mend === undefined ? [] : [read.mend];
  report.refuseUnseen([file === undefined ? "store" : "store_file"], read.rule, ...hints);
  return "memory";
}

/** The store, without what a URL may hold besides: no query, no fragment. */
export function readStore(text: string): Read<StoreSetting> {
  if (text === "memory") return { ok: true, value: text };
  if (!/^rediss?:\/\//i.test(text)) return { ok: false, rule };
  if (!URL.canParse(text)) return { ok: false, rule, mend: encode };
  const url = new URL(text);
  const username = decoded(url.username);
  const password = decoded(url.password);
  const database = /^\/?(\d{0,4})$/.exec(url.pathname)?.[1];
  if (username === undefined || password === undefined || database === undefined) {
    return { ok: false, rule, mend: encode };
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host === "" || /[?#]/.test(text) || url.port === "0") return { ok: false, rule };
  const port = url.port === "" ? 6379 : Number(url.port);
  const address: StoreAddress = {
    tls: url.protocol === "rediss:",
    host,
    port,
    database: Number(database),
    shown: `${url.protocol}//${url.hostname}:${port}/${Number(database)}`,
    ...(username !== "" && { username }),
    ...(password !== "" && { password }),
  };
  return { ok: true, value: address };
}

/** For people: without user and password. */
export function showStore(store: StoreSetting): string {
  return store === "memory" ? store : store.shown;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
