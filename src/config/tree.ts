/**
 * The settings before they are judged: one tree of plain values merged from file, environment and flags, which remembers
 * where each value came from, so that a problem can name the line, variable or flag that an operator has to change.
 */

export type Path = readonly (string | number)[];

/** Where a value was given. */
export type Origin =
  | { readonly kind: "file"; readonly file: string; readonly line: number }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "flag"; readonly name: string };

export interface Tree {
  readonly root: Record<string, unknown>;
  /** The origin of the value at the path, or of the nearest thing around it. */
  originOf(path: Path): Origin | undefined;
  get(path: Path): unknown;
  /** Sets the value, making the sections on the way. A section of another shape on the way is left for the schema to refuse. */
  set(path: Path, value: unknown, origin: Origin): void;
  remove(path: Path): void;
}

/** A tree that holds the file's values; `lineOf` tells the line of a path in that file. */
export function createTree(
  root: Record<string, unknown>,
  fileOrigin: (path: Path) => Origin | undefined,
): Tree {
  const given = new Map<string, Origin>();

  function get(path: Path): unknown {
    let value: unknown = root;
    for (const step of path) value = isBranch(value) ? value[step] : undefined;
    return value;
  }

  return {
    root,
    get,
    originOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const origin = given.get(showPath(path.slice(0, length)));
        if (origin !== undefined) return origin;
      }
      return fileOrigin(path);
    },
    set(path, value, origin) {
      let branch: Record<string | number, unknown> = root;
      for (const step of path.slice(0, -1)) {
        branch[step] ??= {};
        const next = branch[step];
        if (!isBranch(next)) return;
        branch = next;
      }
      branch[path.at(-1) ?? ""] = value;
      given.set(showPath(path), origin);
    },
    remove(path) {
      const branch = get(path.slice(0, -1));
      if (isBranch(branch)) delete branch[path.at(-1) ?? ""];
    },
  };
}

/** The path as an operator writes it: `providers[0].issuer`. */
export function showPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** The origin as an operator finds it again: `config.yaml:12`, a variable, a flag. */
export function showOrigin(origin: Origin): string {
  return origin.kind === "file" ? `${origin.file}:${origin.line}` : origin.name;
}

function isBranch(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

/** A map of keys: an object that is no list. */
export function isSection(value: unknown): value is Record<string, unknown> {
  return isBranch(value) && !Array.isArray(value);
}
