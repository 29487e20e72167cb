import assert from "node:assert/strict";
import { test } from "node:test";
import {
  codeLines,
  codeWithoutStrings,
  importsOf,
  readSources,
  type SourceFile,
} from "./support/source-tree.ts";

/** A folder or a single file of `src`, what it may import beside itself, and why it is where it is. */
interface Layer {
  readonly name: string;
  readonly may: readonly string[];
  readonly reason: string;
}

const values = ["base", "http", "store", "provider", "views", "session"];

const layers: readonly Layer[] = [
  { name: "base", may: [], reason: "errors, clock, log: everybody needs them, they need nobody" },
  { name: "http", may: ["base"], reason: "plain values of a request; knows no socket" },
  { name: "store", may: ["base"], reason: "short-lived values behind one interface" },
  { name: "provider", may: ["base", "http", "store"], reason: "an identity provider's protocol" },
  { name: "views", may: ["base", "http", "store"], reason: "pages from values" },
  { name: "session", may: ["base", "http", "store", "provider", "views"], reason: "who is asking" },
  {
    name: "ticket",
    may: ["base", "http", "store", "provider", "views", "session/session.ts"],
    reason: "admits one upgrade; of sessions it knows the type alone",
  },
  {
    name: "proxy",
    may: ["base", "http", "store", "provider", "views"],
    reason: "carries bytes; what may pass was decided before",
  },
  { name: "gate", may: [...values, "ticket"], reason: "decides; never meets the proxy" },
  { name: "server", may: [...values, "ticket", "proxy", "gate"], reason: "sockets around both" },
  {
    name: "config",
    may: [...values, "ticket", "proxy", "gate", "server"],
    reason: "fills the option types of the parts",
  },
  {
    name: "banner.ts",
    may: ["base", "config", "gate/own-paths.ts", "provider"],
    reason: "what the operator reads at the start, put together from settings",
  },
  {
    name: "assemble.ts",
    may: [...values, "ticket", "proxy", "gate", "server", "config"],
    reason: "puts together what the settings decide; made again when they change",
  },
  {
    name: "reload.ts",
    may: ["base", "provider", "config"],
    reason: "takes new settings or keeps the old; knows neither parts nor sockets",
  },
  {
    name: "serve.ts",
    may: [
      ...[...values, "ticket", "proxy", "gate", "server", "config"],
      ...["banner.ts", "assemble.ts", "reload.ts"],
    ],
    reason: "puts together what lasts as long as the process",
  },
  {
    name: "workers",
    may: ["base", "http", "store", "server", "config", "banner.ts", "reload.ts", "serve.ts"],
    reason: "the same gate in several processes; each of them is put together by serve",
  },
  {
    name: "commands",
    may: [
      "workers",
      ...values,
      "gate/own-paths.ts",
      "proxy",
      "server/admin.ts",
      "server/left-socket.ts",
      "config",
      "serve.ts",
    ],
    reason: "one command a file; the doctor asks the dashboard as the proxy does",
  },
  {
    name: "program.ts",
    may: ["config", "commands"],
    reason: "commands and flags, as such and described for help, completion and man page",
  },
  {
    name: "cli.ts",
    may: ["base", "config", "serve.ts", "commands", "program.ts", "workers/mark.ts"],
    reason: "what each command does, and its exit code",
  },
  { name: "testing", may: ["base", "provider"], reason: "the providers' tests, for their authors" },
  { name: "browser", may: [], reason: "runs in the browser: nothing of the process is there" },
];

/** A package from outside, the folders or files that may name it, and why it is kept there. */
interface PackageHome {
  readonly name: string;
  readonly homes: readonly string[];
  readonly reason: string;
}

const packageHomes: readonly PackageHome[] = [
  {
    name: "undici",
    homes: ["base/http-client.ts"],
    reason: "calls to providers; its types reach nobody else",
  },
  {
    name: "prom-client",
    homes: ["server/metrics.ts", "server/metrics-sum.ts", "server/tally.ts"],
    reason: "counts, when there is an admin listener; loaded only then",
  },
  { name: "ws", homes: ["server"], reason: "completes a refused handshake in order to close it" },
  { name: "jose", homes: ["session", "provider"], reason: "seals cookies; reads providers' keys" },
  { name: "oauth4webapi", homes: ["provider"], reason: "the OAuth protocol is the provider's own" },
  { name: "pino", homes: ["base/log.ts"], reason: "everybody else logs through the Log type" },
  { name: "yaml", homes: ["config"], reason: "the configuration file" },
  { name: "zod", homes: ["config"], reason: "the configuration's rules" },
  { name: "commander", homes: ["program.ts"], reason: "the command line" },
  { name: "ioredis", homes: ["store"], reason: "optional: loaded when the setting names a Redis" },
];

/** What can open a socket, and who may: a core that cannot reach one is tested by plain calls. Of `node:net` the address functions open none. */
const socketImport =
  /\sfrom\s+"node:(?:https?|http2|tls|dgram)"|\{(?!(?:\s*(?:isIP|isIPv4|isIPv6|BlockList|SocketAddress),?)+\s*\}).*\}\s+from\s+"node:net"/;
const socketHomes = ["base/http-client.ts", "proxy", "server", "commands"];

/** Words of code that make a result depend on more than its inputs, who may say them, and what to take instead. */
interface OwnedWord {
  readonly word: string;
  readonly pattern: RegExp;
  readonly owners: readonly string[];
  readonly instead: string;
}

const entries = ["base/runtime.ts", "cli.ts", "commands"];

const ownedWords: readonly OwnedWord[] = [
  { word: "Date.now", pattern: /\bDate\.now\b/, owners: entries, instead: "Runtime.now" },
  { word: "new Date()", pattern: /\bnew Date(?!\s*\(\s*[^\s)])/, owners: entries, instead: "now" },
  {
    // In the page it spreads reconnects in time, and there is no Runtime.
    word: "Math.random",
    pattern: /\bMath\.random\b/,
    owners: ["browser"],
    instead: "Runtime.randomBytes",
  },
  {
    word: "node's random functions",
    pattern: /\b(?:randomBytes\s*[,}]|randomUUID|randomInt|getRandomValues|randomFill)/,
    owners: entries,
    instead: "Runtime.randomBytes",
  },
  { word: "process.env", pattern: /\bprocess\.env\b/, owners: entries, instead: "the Config" },
];

const anyType = /[:<,|&(=]\s*any\b(?!\s*[:(])|\bas\s+any\b|\bany\[\]/;
const maxCodeLines = 200;

const sources = readSources();

test("there are sources to judge", () => {
  assert.ok(sources.length > 20, `found ${sources.length} files below src`);
  assert.ok(sources.some((file) => importsOf(file).length > 3));
});

test("every folder of src is a layer of the table", () => {
  const unknown = sources.map((file) => layerOf(file.path)).filter((name) => !isLayer(name));
  assert.deepEqual(unknown, []);
});

test("each layer imports only the layers before it", () => {
  assert.deepEqual(sources.flatMap(layerBreaches), []);
});

test("no file imports itself by way of others", () => {
  assert.deepEqual(findCycle(sources), []);
});

test("each third-party package is named in its home alone", () => {
  assert.deepEqual(sources.flatMap(packageBreaches), []);
});

test("only the outer folders open sockets", () => {
  assert.deepEqual(sources.flatMap(socketBreaches), []);
});

test("time, randomness and environment come from their owners", () => {
  assert.deepEqual(sources.flatMap(wordBreaches), []);
});

test("no file has the type any", () => {
  const offenders = sources.filter((file) => anyType.test(codeWithoutStrings(file)));
  assert.deepEqual(
    offenders.map((file) => file.path),
    [],
  );
});

test("no file is longer than 200 lines of code", () => {
  const long = sources.filter((file) => codeLines(file).length > maxCodeLines);
  assert.deepEqual(
    long.map((file) => `${file.path}: ${codeLines(file).length}`),
    [],
  );
});

test("every file opens with a comment that says what it decides", () => {
  const bare = sources.filter((file) => !file.text.startsWith("/**"));
  assert.deepEqual(
    bare.map((file) => file.path),
    [],
  );
});

const breaches: readonly {
  readonly name: string;
  readonly file: SourceFile;
  readonly found: (file: SourceFile) => readonly string[];
}[] = [
  {
    name: "a layer that reaches up",
    file: { path: "http/x.ts", text: 'import type { A } from "../gate/a.ts";' },
    found: layerBreaches,
  },
  {
    name: "a gate that meets the proxy",
    file: { path: "gate/x.ts", text: 'export {\n  a,\n} from "../proxy/a.ts";' },
    found: layerBreaches,
  },
  {
    name: "a ticket that uses more of a session than its type",
    file: { path: "ticket/x.ts", text: 'import { seal } from "../session/seal.ts";' },
    found: layerBreaches,
  },
  {
    name: "a package away from home",
    file: { path: "gate/x.ts", text: 'const z = await import("zod/mini");' },
    found: packageBreaches,
  },
  {
    name: "a package that nobody may use",
    file: { path: "gate/x.ts", text: 'import "express";' },
    found: packageBreaches,
  },
  {
    name: "a core that opens a socket",
    file: { path: "session/x.ts", text: 'import { request } from "node:http";' },
    found: socketBreaches,
  },
  {
    name: "a core that connects",
    file: { path: "http/x.ts", text: 'import { BlockList, connect } from "node:net";' },
    found: socketBreaches,
  },
  {
    name: "a core that reads the clock",
    file: { path: "gate/x.ts", text: "const t = Date.now();" },
    found: wordBreaches,
  },
  {
    name: "a core that makes a date of now",
    file: { path: "gate/x.ts", text: "const t = new Date( );" },
    found: wordBreaches,
  },
  {
    name: "a core that imports random bytes",
    file: { path: "gate/x.ts", text: 'import { randomBytes } from "node:crypto";' },
    found: wordBreaches,
  },
  {
    name: "a core that reads the environment",
    file: { path: "session/x.ts", text: "if (process.env.HOME) run();" },
    found: wordBreaches,
  },
];

for (const { name, file, found } of breaches) {
  test(`the rules find ${name}`, () => {
    assert.equal(found(file).length, 1);
  });
}

test("the rules let a core judge addresses", () => {
  const text = 'import { BlockList, isIP } from "node:net";';
  assert.deepEqual(socketBreaches({ path: "http/x.ts", text }), []);
});

test("the rules find a cycle through three files", () => {
  const ring = ["a", "b", "c"].map((name, index) => ({
    path: `base/${name}.ts`,
    text: `import "./${["b", "c", "a"][index]}.ts";`,
  }));
  assert.deepEqual(findCycle(ring), ["base/a.ts", "base/b.ts", "base/c.ts", "base/a.ts"]);
});

/** The first part of a path below src: a folder, or the name of a file that stands there itself. */
function layerOf(path: string): string {
  return path.split("/")[0] ?? path;
}

function isLayer(name: string): boolean {
  return layers.some((layer) => layer.name === name);
}

function isSource(specifier: string): boolean {
  return specifier.endsWith(".ts");
}

function isWithin(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || path.startsWith(`${place}/`));
}

function layerBreaches(file: SourceFile): string[] {
  const layer = layers.find((candidate) => candidate.name === layerOf(file.path));
  if (layer === undefined) return [`${file.path} is in no layer`];
  return importsOf(file)
    .filter((path) => isSource(path) && !isWithin(path, [layer.name, ...layer.may]))
    .map((path) => `${file.path} imports ${path}; ${layer.name}: ${layer.reason}`);
}

function packageBreaches(file: SourceFile): string[] {
  return importsOf(file)
    .filter((name) => !isSource(name) && !name.startsWith("node:"))
    .flatMap((name) => {
      const home = packageHomes.find((row) => name === row.name || name.startsWith(`${row.name}/`));
      if (home === undefined) return [`${file.path} imports ${name}, which has no home`];
      if (isWithin(file.path, home.homes)) return [];
      return [`${file.path} imports ${name}, at home in ${home.homes.join(", ")}: ${home.reason}`];
    });
}

function socketBreaches(file: SourceFile): string[] {
  if (isWithin(file.path, socketHomes)) return [];
  const found = codeLines(file).find((line) => socketImport.test(` ${line}`));
  return found === undefined ? [] : [`${file.path}: ${found}`];
}

function wordBreaches(file: SourceFile): string[] {
  const code = codeWithoutStrings(file);
  return ownedWords
    .filter((row) => !isWithin(file.path, row.owners) && row.pattern.test(code))
    .map((row) => `${file.path} uses ${row.word}: take ${row.instead}`);
}

/** The first cycle found, as the paths along it with the first repeated at the end; empty when there is none. */
function findCycle(files: readonly SourceFile[]): readonly string[] {
  const imports = new Map(files.map((file) => [file.path, importsOf(file).filter(isSource)]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of imports.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of imports.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
