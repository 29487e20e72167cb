/**
 * Lists the keys of the schema with their defaults, for "did you mean" and for the tests that hold the documentation and
 * the example to it. Apart from the schema so that the schema is nothing but a table.
 */
import { z } from "zod";
import { schema } from "./schema.ts";

export interface SchemaKey {
  /** `session.secret`, `providers[].issuer`. */
  readonly key: string;
  /** Absent where there is none, or where it is not fixed. */
  readonly default?: unknown;
}

/** Every key that holds a value, each once, in the order of the schema. */
export function schemaKeys(): readonly SchemaKey[] {
  const keys = new Map<string, SchemaKey>();
  walk(schema, "", (key, entry) => {
    if (!keys.has(key)) keys.set(key, entry);
  });
  return [...keys.values()];
}

/** The names that a section knows: `""` is the top, `providers[]` one entry. Sections among them. */
export function namesIn(section: string): readonly string[] {
  const start = section === "" ? "" : `${section}.`;
  const names = schemaKeys()
    .filter(({ key }) => key.startsWith(start))
    .map(({ key }) => key.slice(start.length).split(/[.[]/, 1)[0] ?? "");
  return [...new Set(names)];
}

/** The name that was most likely meant: at most two edits away, or one in five characters. */
export function closest(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
    .filter(
      ({ candidate, edits }) => edits <= Math.max(2, name.length / 5) && edits < candidate.length,
    )
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}

type Visit = (key: string, entry: SchemaKey) => void;

function walk(type: z.core.$ZodType, key: string, visit: Visit, fallback?: unknown): void {
  if (type instanceof z.ZodDefault) {
    walk(type.def.innerType, key, visit, type.def.defaultValue);
  } else if (type instanceof z.ZodPrefault || type instanceof z.ZodOptional) {
    walk(type.def.innerType, key, visit);
  } else if (type instanceof z.ZodObject) {
    for (const [name, inner] of Object.entries(type.def.shape)) {
      walk(inner, key === "" ? name : `${key}.${name}`, visit);
    }
  } else {
    visit(key, fallback === undefined ? { key } : { key, default: fallback });
    const isList = type instanceof z.ZodArray;
    walkSections(isList ? type.def.element : type, isList ? `${key}[]` : key, visit);
  }
}

/** The sections among the forms that a value may have: the kinds of a provider, the rules of `allow`. */
function walkSections(type: z.core.$ZodType, key: string, visit: Visit): void {
  if (type instanceof z.ZodObject) walk(type, key, visit);
  if (!(type instanceof z.ZodUnion)) return;
  for (const option of type.def.options) walkSections(option, key, visit);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
