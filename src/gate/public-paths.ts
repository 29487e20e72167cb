/**
 * What of the dashboard needs no session: the compiled `public_paths` (contract 1). The one hole in the gate, so it is
 * narrow: exact paths or whole folders, compared byte for byte with what will be forwarded, never on a path that could be
 * read in two ways, nor through a prefix that a header claimed, nor for a method that is not listed (S2-S4, S7).
 */
import { parseTarget, type Target } from "../http/target.ts";

export interface PublicPaths {
  /** One sentence for each entry that is refused. */
  readonly problems: readonly string[];
  /** Whether the request needs no session. */
  match(method: string, target: Target, upgrade: boolean): boolean;
}

interface Entry {
  readonly path: string;
  readonly methods: ReadonlySet<string>;
}

/** The word of an entry's method list that admits WebSocket upgrades, and no request. */
const upgradeWord = "UPGRADE";
const noUse = "The gate never forwards it.";

export function compilePublicPaths(entries: readonly string[]): PublicPaths {
  const problems: string[] = [];
  const exact = new Map<string, ReadonlySet<string>>();
  const folders: Entry[] = [];
  for (const [index, text] of entries.entries()) {
    const entry = parseEntry(text);
    if (typeof entry === "string") {
      problems.push(`"public_paths[${index}]" ${entry}`);
    } else if (entry.path.endsWith("/")) {
      folders.push(entry);
    } else {
      exact.set(entry.path, new Set([...(exact.get(entry.path) ?? []), ...entry.methods]));
    }
  }
  if (exact.size === 0 && folders.length === 0) return { problems, match: () => false };

  return {
    problems,
    match(method, target, upgrade) {
      if (target.ambiguous || target.prefixClaimed) return false;
      if (method === upgradeWord) return false;
      const wanted = upgrade ? upgradeWord : method;
      if (exact.get(target.path)?.has(wanted)) return true;
      return folders.some(
        ({ path, methods }) => methods.has(wanted) && target.path.startsWith(path),
      );
    },
  };
}

/** The entry, or what is wrong with it as the rest of a sentence. */
function parseEntry(text: string): Entry | string {
  const found = `got ${JSON.stringify(text)}`;
  const match = /^(?:([^ /]+) +)?(\/[^ ]*)$/.exec(text);
  if (match === null) {
    return `must be a path, or methods and a path such as "GET,POST /hooks/", ${found}. Start the path with "/".`;
  }
  const [, list = "GET", path = ""] = match;
  const methods = new Set(list.split(","));
  for (const method of methods) {
    if (!/^[A-Z][A-Z-]*$/.test(method))
      return `must list methods in capitals with commas between, ${found}. Write "GET,POST /x".`;
    if (method === "CONNECT" || method === "TRACE")
      return `must not list ${method}, ${found}. ${noUse}`;
  }
  const problem = problemOfPath(path);
  if (problem !== undefined) return `${problem}, ${found}.`;
  if (methods.has("GET")) methods.add("HEAD");
  return { path, methods };
}

function problemOfPath(path: string): string | undefined {
  if (path === "/") return `must not make every path public; list the paths or folders`;
  if (/[*?#]/.test(path))
    return 'must be an exact path, or a folder that ends in "/"; there are no wildcards and queries are never judged';
  const target = parseTarget(path, { value: "", fromHeader: false, keep: false });
  if (target === undefined || target.ambiguous)
    return "must be a plain path without dot segments, double slashes, semicolons or escapes of such";
  return undefined;
}
