/** Holds the reference pages and the example to the code, both ways: what one names the other has, with the same values. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { errorCatalogue } from "../src/base/errors.ts";
import { schema } from "../src/config/schema.ts";
import { schemaKeys } from "../src/config/schema-keys.ts";
import { environmentNames, flagSources, settingSources } from "../src/config/sources.ts";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The cells of every table row whose first cell is code, by that code. */
function rows(page: string): ReadonlyMap<string, readonly string[]> {
  const found = page.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm);
  return new Map(
    [...found].map(([, name = "", rest = ""]) => [
      name,
      rest.split(" | ").map((cell) => cell.trim()),
    ]),
  );
}

const configuration = rows(read("docs/configuration.md"));
const keys = schemaKeys().filter(({ key }) => !key.startsWith("providers[].allow."));

test("docs/configuration.md has every key and no other", () => {
  const names = keys.map(({ key }) => key);
  assert.deepEqual([...configuration.keys()].sort(), [...names].sort());
});

test("docs/configuration.md tells every default as the schema has it", () => {
  for (const { key, default: fallback } of keys) {
    if (key.startsWith("allow.")) continue;
    const cell = configuration.get(key)?.at(-2) ?? "";
    const told: unknown = cell === "" ? undefined : parse(cell.slice(1, -1));
    assert.deepEqual(told, fallback, key);
  }
});

test("docs/configuration.md puts every flag and variable in the row of its key", () => {
  for (const { key, flag, env, secret } of settingSources) {
    const cells = configuration.get(key)?.slice(0, 2).join(" ") ?? "";
    for (const way of [flag, ...env]) {
      if (way !== undefined) assert.ok(cells.includes(`\`${way}\``), `${key} ${way}`);
    }
    if (secret !== true) continue;
    const inFile = configuration.get(`${key}_file`)?.join(" ") ?? "";
    for (const name of env) assert.ok(inFile.includes(`\`${name}_FILE\``), `${key}_file ${name}`);
  }
});

test("docs/configuration.md names every flag and variable that exists, and no other", () => {
  const page = read("docs/configuration.md");
  const variables = new Set(page.match(/\bHERMES_[A-Z_]+\b/g));
  assert.deepEqual([...variables].sort(), [...environmentNames()].sort());
  const flags = new Set(page.match(/(?<=`)--[a-z-]+(?=`)/g));
  const known = [...flagSources.map(({ flag }) => flag ?? ""), "--config", "--insecure"];
  assert.deepEqual([...flags].sort(), [...known].sort());
});

test("config.example.yaml is the defaults", () => {
  const text = read("config.example.yaml");
  const shown = schema.parse({ upstream: ":1", ...withoutNothing(parse(text)) });
  assert.deepEqual(shown, schema.parse({ upstream: ":1" }));
});

test("config.example.yaml sets every key that has a default", () => {
  const given = keysIn(parse(read("config.example.yaml")));
  for (const { key, default: fallback } of keys) {
    if (fallback === undefined || key.includes("[]") || key.startsWith("allow.")) continue;
    assert.ok(given.has(key), key);
  }
});

test("config.example.yaml shows every key, and its commented lines are settings too", () => {
  const shown = read("config.example.yaml")
    .replace(/^providers: \[\]\n/m, "")
    .replace(/^( *)#(?=\S| {2,}\S)/gm, "$1");
  const tree = schemaShaped(parse(shown));
  assert.deepEqual(schema.safeParse(tree).error?.issues, undefined);
  const given = keysIn(tree);
  for (const { key } of keys) assert.ok(given.has(key), key);
});

test("docs/errors.md has every code with its status and sentence, and no other", () => {
  const page = rows(read("docs/errors.md"));
  assert.deepEqual([...page.keys()], Object.keys(errorCatalogue));
  for (const [code, { status, text }] of Object.entries(errorCatalogue)) {
    const [shownStatus, shownText, cause = "", mend = ""] = page.get(code) ?? [];
    assert.deepEqual([shownStatus, shownText], [String(status), text], code);
    assert.ok(cause.length > 10 && mend.length > 10, `${code} has cause and mend`);
  }
});

/** Every page that people read. */
const pages = [
  ...readdirSync(new URL("docs/", root), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md"],
];

test("the documentation names only files that exist", () => {
  for (const page of pages) {
    for (const target of filesNamedIn(read(page), page)) {
      assert.ok(existsSync(new URL(target, root)), `${page} names ${target}`);
    }
  }
});

test("the documentation links to headings that exist", () => {
  for (const page of pages) {
    for (const [, path = "", anchor = ""] of read(page).matchAll(
      /\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g,
    )) {
      const target =
        path === "" ? page : new URL(path, new URL(page, "file:///")).pathname.slice(1);
      assert.ok(anchorsOf(read(target)).includes(anchor), `${page} links to ${target}#${anchor}`);
    }
  }
});

/** What headings are called in links: lower case, without marks, spaces as hyphens. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Relative links, from the page's folder, and paths in code, from the root. */
function filesNamedIn(text: string, page: string): readonly string[] {
  const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, link = ""]) =>
    new URL(link, new URL(page, "file:///")).pathname.slice(1),
  );
  const code = /`((?:src|test|docs|bench|demo|deploy|bin)\/[\w./-]*[\w/])`/g;
  return [...links, ...[...text.matchAll(code)].map(([, path = ""]) => path)];
}

/** The tree as the loader hands it to the schema: an entry with a module has its type. */
function schemaShaped(tree: { readonly providers: readonly object[] }): object {
  const providers = tree.providers.map((entry) =>
    "module" in entry ? { type: "module", ...entry } : entry,
  );
  return { ...tree, providers };
}

function withoutNothing(tree: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tree ?? {}).filter(([, value]) => value !== null));
}

/** Every path in the tree: `providers[].issuer`. */
function keysIn(tree: unknown, at = "", found = new Set<string>()): ReadonlySet<string> {
  if (at !== "") found.add(at);
  if (Array.isArray(tree)) {
    for (const entry of tree) if (typeof entry === "object") keysIn(entry, `${at}[]`, found);
  } else if (typeof tree === "object" && tree !== null) {
    for (const [name, value] of Object.entries(tree)) {
      keysIn(value, at === "" ? name : `${at}.${name}`, found);
    }
  }
  return found;
}
