/**
 * The search for secrets in text, whole or in the parts that carry them. A value is looked for as it was issued, so
 * that no redaction by shape or by field name is believed: whatever got past it is found here.
 */
import type { Secret } from "./evidence.ts";

export interface Leak {
  readonly kind: string;
  /** The line that holds it, the secret's characters left out but for the first six. */
  readonly line: string;
}

/** The first characters by which places are found; a shorter part is not looked for. */
const keyLength = 16;

/** The secrets that stand in the text, each once. */
export function findLeaks(secrets: readonly Secret[], text: string): readonly Leak[] {
  const byKey = new Map<string, { readonly kind: string; readonly part: string }[]>();
  for (const { kind, value } of secrets) {
    for (const part of partsOf(value)) {
      const key = part.slice(0, keyLength);
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [{ kind, part }]);
      else if (!known.some((other) => other.part === part)) known.push({ kind, part });
    }
  }
  const found = new Map<string, Leak>();
  for (let at = 0; at + keyLength <= text.length; at += 1) {
    const candidates = byKey.get(text.slice(at, at + keyLength));
    for (const { kind, part } of candidates ?? []) {
      if (!found.has(part) && text.startsWith(part, at)) {
        found.set(part, { kind, line: masked(lineAt(text, at), part) });
      }
    }
  }
  return [...found.values()];
}

/**
 * The parts of a value that give it away. The first part of a JWT or JWE says only how it is made and is the same in many;
 * a login cookie begins with a time in clear.
 */
function partsOf(value: string): readonly string[] {
  const sealed = value.slice(value.indexOf("~") + 1);
  const parts = sealed.split(".");
  const telling = parts.length >= 3 ? parts.slice(1) : parts;
  return telling.filter((part) => part.length >= keyLength);
}

function lineAt(text: string, at: number): string {
  const start = text.lastIndexOf("\n", at) + 1;
  const end = text.indexOf("\n", at);
  return text.slice(start, end === -1 ? text.length : end);
}

function masked(line: string, part: string): string {
  return line.replaceAll(part, `${part.slice(0, 6)}…`).slice(0, 400);
}
