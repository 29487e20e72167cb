/** Reads one parameter of a raw query. Policy never hangs on it (S8); only the gate's own paths read theirs. */

/** The first value of the parameter, percent-decoded once; undefined when absent or not decodable. */
export function queryValue(query: string, name: string): string | undefined {
  if (query === "") return undefined;
  return new URLSearchParams(query).get(name) ?? undefined;
}
