#!/usr/bin/env node
// Judges the Node version before anything is loaded: what follows is written for a newer one, and an old one would answer
// with a syntax error from the middle of a dependency. So this file keeps to what the oldest Node can parse.

var parts = process.versions.node.split(".");
var major = Number(parts[0]);
var minor = Number(parts[1]);
var fits = (major === 22 && minor >= 21) || (major === 24 && minor >= 9) || major > 24;

if (!fits) {
  process.stderr.write(
    "error: hermes-gate needs Node 22.21 or newer, 24.9 or newer in the line 24, or a later line, and this is " +
      process.version +
      "\nhint: npm install -g node@26 brings one; the executable of docs/binary.md needs none\n",
  );
  process.exitCode = 64;
} else {
  // A checkout that was not built has no dist: Node runs the sources as they are.
  // biome-ignore lint/nursery/noFloatingPromises: what fails here is to end the process as any bug does
  import("../dist/cli.js")
    .catch((error) => {
      var unbuilt =
        error.code === "ERR_MODULE_NOT_FOUND" && /\/dist\/cli\.js$/.test(String(error.url));
      if (!unbuilt) throw error;
      return import("../src/cli.ts");
    })
    .then((cli) => cli.main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    });
}
