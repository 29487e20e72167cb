/** Reads the callback's query strictly (S37): a repeated, empty, huge or undecodable parameter is no answer at all. */

export interface CallbackParams {
  readonly state: string;
  readonly params: URLSearchParams;
}

const single = ["code", "state", "iss", "error"];
const others = ["error_description", "session_state"];
const maxQueryBytes = 8192;

/** The parameters, or undefined when they are malformed or carry neither `code` nor `error`. */
export function readCallback(query: string): CallbackParams | undefined {
  if (query.length > maxQueryBytes) return undefined;
  const params = new URLSearchParams(query);
  for (const name of [...single, ...others]) {
    const values = params.getAll(name);
    if (values.length > 1) return undefined;
    // An ill-formed percent sequence decodes to the replacement character.
    if (values[0]?.includes("\ufffd")) return undefined;
  }
  if (single.some((name) => params.get(name) === "")) return undefined;
  const state = params.get("state");
  if (state === null || !(params.has("code") || params.has("error"))) return undefined;
  return { state, params };
}
