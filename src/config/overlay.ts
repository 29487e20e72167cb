/**
 * Lays environment and flags over the file's values, flag before environment before file. An empty value of the
 * environment counts as unset: that is what a container gets from a variable that its operator left blank.
 */
import type { Problem } from "./problems.ts";
import type { ProviderSource, SettingSource } from "./sources.ts";
import { settingSources } from "./sources.ts";
import type { Origin, Path, Tree } from "./tree.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The flags that were given, by name (`--listen`). */
export type Flags = ReadonlyMap<string, string | readonly string[]>;

export interface Given {
  readonly value: unknown;
  readonly origin: Origin;
  /** The value is the path of a file that holds the secret. */
  readonly fromFile: boolean;
}

/** Lays the settings of the table over the tree. Returns the problems: a secret that is given in both its forms. */
export function overlay(tree: Tree, env: Environment, flags: Flags): readonly Problem[] {
  const problems: Problem[] = [];
  for (const source of settingSources) {
    // public_url falls back from a malformed source to the next one: `public-url.ts` reads them all.
    if (source.key === "public_url") continue;
    lay(tree, source.key.split("."), given(source, env, flags, problems));
  }
  return problems;
}

/** The value that the flag gives, else the environment. A secret given in both its forms is a problem, and no value. */
export function given(
  source: SettingSource | ProviderSource,
  env: Environment,
  flags: Flags,
  problems: Problem[],
): Given | undefined {
  const flag = source.flag === undefined ? undefined : flags.get(source.flag);
  if (flag !== undefined) {
    return { value: flag, origin: { kind: "flag", name: source.flag ?? "" }, fromFile: false };
  }
  for (const name of source.env) {
    const value = env[name] === "" ? undefined : env[name];
    const file =
      source.secret === true && env[`${name}_FILE`] !== "" ? env[`${name}_FILE`] : undefined;
    if (value !== undefined && file !== undefined) {
      problems.push({
        rule: `${name} and ${name}_FILE are both set`,
        hints: [`unset one of them: ${name}_FILE is the safer form`],
      });
      return undefined;
    }
    if (file !== undefined) {
      return { value: file, origin: { kind: "env", name: `${name}_FILE` }, fromFile: true };
    }
    if (value !== undefined) {
      const read = source.list === true ? splitList(value) : value;
      return { value: read, origin: { kind: "env", name }, fromFile: false };
    }
  }
  return undefined;
}

/** Sets a given value. A secret takes the place of both of its forms, so that a weaker source's other form is not left. */
export function lay(tree: Tree, path: Path, value: Given | undefined): void {
  if (value === undefined) return;
  const inFile = [...path.slice(0, -1), `${path.at(-1)}_file`];
  tree.remove(path);
  tree.remove(inFile);
  tree.set(value.fromFile ? inFile : path, value.value, value.origin);
}

/** `a, b` as a list. A blank entry stays, and is refused by the schema. */
function splitList(text: string): readonly string[] {
  return text.split(",").map((entry) => entry.trim());
}
