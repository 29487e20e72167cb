/**
 * What of the dashboard needs no session: the compiled `public_paths` (contract 1). The one hole in the gate, so it is
 * narrow: exact paths or whole folders, compared byte for byte with what will be forwarded, never on a path that could be
 * read in two ways, nor through a prefix that a header claimed, nor for a method that is not listed (S2-S4, S7).
 */
import { parseTarget, type Target } from "../http/target.ts";

export interface PublicPaths {
  /** The entries that are refused, in order. The others hold. */
  readonly problems: readonly EntryProblem[];
  /** Whether a request of this method needs no session. */
  match(method: string, target: Target): boolean;
  /** Whether a WebSocket upgrade needs no session. */
  matchUpgrade(target: Target): boolean;
}

/** Why the entry at this place of the list is refused. */
export interface EntryProblem {
  readonly index: number;
  /** Begins with "must". */
  readonly rule: string;
  readonly mend: string;
}

interface Entry {
  readonly path: string;
  readonly methods: ReadonlySet<string>;
}

/** The word of an entry's method list that admits WebSocket upgrades, and no request. */
const upgradeWord = "UPGRADE";

/** Compiles `METHOD,METHOD /path` entries; without methods an entry is for GET. GET includes HEAD. Never fails. */
export function compilePublicPaths(entries: readonly string[]): PublicPaths {
  const problems: EntryProblem[] = [];
  const exact = new Map<string, ReadonlySet<string>>();
  const folders: Entry[] = [];
  for (const [index, text] of entries.entries()) {
    const entry = parseEntry(text);
    if ("rule" in entry) {
      problems.push({ index, ...entry });
    } else if (entry.path.endsWith("/")) {
      folders.push(entry);
    } else {
      exact.set(entry.path, new Set([...(exact.get(entry.path) ?? []), ...entry.methods]));
    }
  }
  if (exact.size === 0 && folders.length === 0) {
    return { problems, match: () => false, matchUpgrade: () => false };
  }

  function lists(word: string, target: Target): boolean {
    if (target.ambiguous || target.prefixClaimed) return false;
    if (exact.get(target.path)?.has(word)) return true;
    return folders.some(({ path, methods }) => methods.has(word) && target.path.startsWith(path));
  }

  return {
    problems,
    // A client may send any word as its method, this one too.
    match: (method, target) => method !== upgradeWord && lists(method, target),
    matchUpgrade: (target) => lists(upgradeWord, target),
  };
}

type Fault = Omit<EntryProblem, "index">;

function parseEntry(text: string): Entry | Fault {
  const match = /^(?:([^ /]+) +)?(\/[^ ]*)$/.exec(text);
  if (match === null) {
    const rule = 'must be a path, or methods and a path such as "GET,POST /hooks/"';
    return { rule, mend: 'start the path with "/"' };
  }
  const [, list = "GET", path = ""] = match;
  const methods = new Set(list.split(","));
  for (const method of methods) {
    const fault = faultOfMethod(method);
    if (fault !== undefined) return fault;
  }
  const fault = faultOfPath(path);
  if (fault !== undefined) return fault;
  if (methods.has("GET")) methods.add("HEAD");
  return { path, methods };
}

function faultOfMethod(method: string): Fault | undefined {
  if (!/^[A-Z][A-Z-]*$/.test(method)) {
    return {
      rule: "must list methods in capitals with commas between",
      mend: 'write "GET,POST /x"',
    };
  }
  if (method === "CONNECT" || method === "TRACE") {
    return { rule: `must not list ${method}`, mend: "leave it out: the gate never forwards it" };
  }
  return undefined;
}

function faultOfPath(path: string): Fault | undefined {
  if (path === "/") {
    return { rule: "must not make every path public", mend: "list the paths or folders" };
  }
  if (/[*?#]/.test(path)) {
    const rule = 'must be an exact path, or a folder that ends in "/"';
    return { rule, mend: "leave wildcards out, and the query, which is never judged" };
  }
  const target = parseTarget(path, { value: "", fromHeader: false, keep: false });
  if (target === undefined || target.ambiguous) {
    const rule = "must be a plain path";
    return {
      rule,
      mend: "write it without dot segments, double slashes, semicolons and their escapes",
    };
  }
  return undefined;
}
