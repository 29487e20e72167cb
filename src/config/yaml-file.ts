/**
 * Reads the configuration file into plain values and remembers on which line each stands. YAML is full of traps for
 * settings: a key given twice, an alias that multiplies, a second document. All of these are problems and not guesses.
 */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Problem } from "./problems.ts";
import { namesIn } from "./schema-keys.ts";
import type { Origin, Path } from "./tree.ts";
import { isSection } from "./tree.ts";

export interface YamlFile {
  readonly root: Record<string, unknown>;
  readonly problems: readonly Problem[];
  /** The origin of the key or entry at the path, or of the nearest thing around it. */
  originOf(path: Path): Origin | undefined;
}

/** The file's values. A key without a value counts as absent, `allow` excepted. Never throws: what cannot be read is a problem. */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  // Its warnings would go to standard error, with keys and values in them.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  });
  const originAt = (offset: number): Origin => ({
    kind: "file",
    file,
    line: lines.linePos(offset).line,
  });

  const problems = document.errors.map(
    (error): Problem => ({
      origin: originAt(error.pos[0]),
      rule: `the file is not valid YAML: ${sentenceOf(error.message)}`,
      hints: [],
    }),
  );
  const nothing = { root: {}, originOf: () => undefined };
  if (problems.length > 0) return { ...nothing, problems };

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch {
    const rule = "the file has too many aliases, or one without an anchor";
    return { ...nothing, problems: [{ origin: originAt(0), rule, hints: [] }] };
  }
  if (value !== null && value !== undefined && !isSection(value)) {
    const rule = "the file must hold a map of settings";
    return {
      ...nothing,
      problems: [{ origin: originAt(0), rule, hints: ['begin with a line as "upstream: :9119"'] }],
    };
  }

  return {
    root: withoutNothing(value ?? {}),
    problems,
    originOf(path) {
      const offset = offsetOf(document.contents, path);
      return offset === undefined ? undefined : originAt(offset);
    },
  };
}

/** Where the last step of the path that the file holds begins. */
function offsetOf(contents: unknown, path: Path): number | undefined {
  let node = contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (pair === undefined || !isNode(pair.key)) return offset;
      offset = pair.key.range?.[0];
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!isNode(node)) return offset;
      offset = node.range?.[0];
    } else {
      return offset;
    }
  }
  return offset;
}

/**
 * The section without its keys that have no value. An unknown one stays, for the schema to refuse: `{auth:ticket}` is a key and
 * no value to YAML (S117). So does `allow`: rules that are yet to be written must not let everybody in (S115).
 */
function withoutNothing(section: Record<string, unknown>, name = ""): Record<string, unknown> {
  const known = new Set(namesIn(name));
  known.delete("allow");
  const entries = Object.entries(section).filter(
    ([key, value]) => value !== null || !known.has(key),
  );
  const within = (key: string) => (name === "" ? key : `${name}.${key}`);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      isSection(value) ? withoutNothing(value, within(key)) : value,
    ]),
  );
}

/** What the parser says, without what it found: a password with a quote in it is torn in two, and one half told (S101). */
function sentenceOf(message: string): string {
  const told = message.replace(/(\w): .*$/s, "$1").replace(/\.$/, "");
  return told.charAt(0).toLowerCase() + told.slice(1);
}
