/**
 * Takes secrets out of what is logged, by field name and by the shape of the value (S101), and control characters that a
 * terminal would obey (S102). The last net, not the first: callers do not log secrets; this holds where a provider's error
 * text, a header or a URL carries one along.
 */

export const redacted = "[redacted]";

/** What is left of one line's fields: characters of a text, entries of a list or object, levels of nesting. */
const most = { characters: 8192, entries: 100, levels: 5 } as const;

/** Characters by which a long text may be cut shorter still: more than any secret has that is known by its shape as a whole. */
const mostDropped = 256;

/** Field names whose texts are secrets, whatever they look like. */
const secretName =
  /(?:secret|password|passwd|cookies?|authorization|token|ticket|verifier|nonce|assertion|private_?key|api_?key|code_?challenge|state)$/i;

/** Field names whose texts are ids that may look like a random secret: only the unmistakable shapes are taken out. */
const idName = /^(?:user_?id|sub|subject|request_?id|org_?id|id|kid|email)$/i;

const parameters =
  "ticket|code|state|nonce|access_token|refresh_token|id_token|id_token_hint|token|client_secret|code_verifier|client_assertion|assertion|password|secret";

/** The unmistakable ones: JWS and JWE, credentials of a scheme, parameters, gate cookies and tickets, keys, known token prefixes. */
const shapes: readonly (readonly [form: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*-----|$)/g, redacted],
  [/\beyJ[\w-]{6,}(?:\.[\w-]*){0,4}/g, redacted],
  [/\b(Bearer|Basic|DPoP|Digest)\s+[\w.~+/=-]{6,}/gi, `$1 ${redacted}`],
  [
    new RegExp(`(^|[?&;\\s"'{,(]|%3F|%26)(${parameters})(=|%3D)[^&\\s"';,)]+`, "gi"),
    `$1$2$3${redacted}`,
  ],
  [
    /"((?:access|refresh|id)_token|client_secret|code|code_verifier)"\s*:\s*"[^"]*"/g,
    `"$1":"${redacted}"`,
  ],
  [/((?<![\w-])[\w-]+_(?:at|rt|pkce_[\w-]+)(?:\.\d)?=)[^;\s"]+/g, `$1${redacted}`],
  [/\bhermes-gate\.ticket\.[\w-]+/g, `hermes-gate.ticket.${redacted}`],
  [
    /\b(?:gh[opusr]_\w{16,}|github_pat_\w{16,}|ya29\.[\w-]{16,}|GOCSPX-[\w-]{16,}|ory_[ar]t_[\w.-]{16,})/g,
    redacted,
  ],
];

/** 32 random bytes in base64url: our tickets, states, verifiers. Many providers' user ids look the same. */
const randomShape = /(?<![\w-])[\w-]{43}(?![\w-])/g;

/** The text without secrets, with control characters escaped, cut when it is long. `name` is its field's, where it has one. */
export function redactText(text: string, name?: string): string {
  if (name !== undefined && secretName.test(name)) return text === "" ? text : redacted;
  if (name === "code" && !isErrorCode(text)) return redacted;
  let clean = text.length > most.characters ? cut(text) : text;
  for (const [form, replacement] of shapes) clean = clean.replace(form, replacement);
  if (name === undefined || !idName.test(name)) clean = clean.replace(randomShape, redacted);
  return escapeControls(clean);
}

/** The fields without secrets, as plain values: errors with message, code, cause and stack; long and deep ones cut off. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) clean[name] = redactValue(value, name, 0);
  }
  return clean;
}

/** The text with those control characters written out that JSON leaves as they are: DEL, C1, line separators. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Cut before a word, since half of a secret has no shape to be known by. */
function cut(text: string): string {
  let end: number = most.characters;
  const least = end - mostDropped;
  while (end > least && /[\w.~+/-]/.test(text.charAt(end - 1))) end -= 1;
  return `${text.slice(0, end)}...`;
}

function redactValue(value: unknown, name: string, depth: number): unknown {
  if (typeof value === "string") return redactText(value, name);
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return "[function]";
  if (typeof value !== "object" || value === null) return value;
  if (secretName.test(name)) return redacted;
  if (depth >= most.levels) return "[...]";
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map || value instanceof Set) return redactValue([...value], name, depth);
  if (Array.isArray(value))
    return value.slice(0, most.entries).map((item) => redactValue(item, name, depth + 1));
  const entries = Object.entries(value).slice(0, most.entries);
  return Object.fromEntries(entries.map(([key, item]) => [key, redactValue(item, key, depth + 1)]));
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...facts } = error;
  return {
    ...(redactValue({ ...facts }, "", depth + 1) as Record<string, unknown>),
    type: name,
    message: redactText(message),
    ...(cause === undefined ? {} : { cause: redactValue(cause, "cause", depth + 1) }),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
  };
}

/** A code of ours (`login_expired`), of the system (`ECONNRESET`) or of OAuth (`invalid_grant`), and not an authorization code. */
function isErrorCode(text: string): boolean {
  return /^(?:[a-z]+(?:_[a-z]+)*|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)$/.test(text) && text.length <= 48;
}
