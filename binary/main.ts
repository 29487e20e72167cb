/** The executable's entry: the command, from its cache where the executable has one. */
import { getAssetKeys, getRawAsset } from "node:sea";
import { loadGate } from "./load.ts";

const hasCache = getAssetKeys().includes("gate.cache");
const gate = loadGate(hasCache ? Buffer.from(getRawAsset("gate.cache")) : undefined);
void gate.main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
