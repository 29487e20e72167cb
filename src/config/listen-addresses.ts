/**
 * The addresses among the settings, judged in their place: where the gate listens, where its operators look, and what serving
 * without sign-in asks of the first.
 */
import { accept, isLoopback, readListen } from "./address.ts";
import type { ListenAddress } from "./config.ts";
import type { Report } from "./report.ts";
import type { Path } from "./tree.ts";

/** A listener of its own, or none. One on the gate's port would fail at the start, with an error that names neither setting. */
export function adminAddress(
  setting: string | undefined,
  listen: ListenAddress,
  report: Report,
): ListenAddress | undefined {
  if (setting === undefined) return undefined;
  const path: Path = ["admin_listen"];
  const found = accept(readListen(setting), path, report);
  if (found === undefined || !isSamePlace(found, listen)) return found;
  report.refuse(
    path,
    "must be another address than listen",
    'write "127.0.0.1:4181", or leave it away',
  );
  return undefined;
}

function isSamePlace(one: ListenAddress, other: ListenAddress): boolean {
  if ("path" in one) return "path" in other && one.path === other.path;
  if ("path" in other || one.port === 0 || one.port !== other.port) return false;
  return one.host === other.host || everyInterface.has(one.host) || everyInterface.has(other.host);
}

const everyInterface: ReadonlySet<string> = new Set(["", "0.0.0.0", "::"]);

/** Without sign-in the gate stands on loopback alone. */
export function judgeInsecure(listen: ListenAddress, report: Report): void {
  if (isLoopback(listen)) return;
  const rule = "must be 127.0.0.1, ::1, localhost or a Unix socket with --insecure";
  report.refuse(
    ["listen"],
    rule,
    "drop --insecure: without sign-in the dashboard is open to that whole network",
  );
}
