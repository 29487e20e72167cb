/**
 * What an operator reads when the gate cannot start, and with which exit code: the address that could not be listened on, what the
 * system said, and what to do about it. Apart from the running of the gate, for it changes with every mistake that somebody makes.
 */
import { showListen } from "../config/address.ts";
import type { Config } from "../config/config.ts";
import { errorCode } from "../config/files.ts";
import { ConfigError } from "../config/problems.ts";
import { AdminListenFailed } from "../server/admin.ts";
import { isSocketAt } from "../server/left-socket.ts";
import { StorePackageMissing } from "../store/open.ts";
import { exitCodes } from "./exit-codes.ts";

export interface Explained {
  /** The exit code. */
  readonly code: number;
  /** `error:` and `hint:` lines. */
  readonly text: string;
}

/** What an operator is told of this error of the start; undefined for a bug. */
export function explainStart(error: unknown, config: Config): Explained | undefined {
  if (error instanceof ConfigError) return { code: exitCodes.config, text: error.message };
  if (error instanceof StorePackageMissing) {
    const hint = "install it beside the gate (npm install ioredis), or set store to memory";
    return { code: exitCodes.config, text: `error: ${error.message}\nhint: ${hint}` };
  }
  return error instanceof AdminListenFailed
    ? explainListen(error.cause, config.adminListen, "--admin-listen")
    : explainListen(error, config.listen, "--listen");
}

/** What is said of an address that cannot be listened on; undefined for an error that is of something else. */
function explainListen(
  error: unknown,
  listen: Config["adminListen"],
  flag: "--listen" | "--admin-listen",
): Explained | undefined {
  if (listen === undefined) return undefined;
  const code = errorCode(error);
  const mend = "path" in listen ? socketMend(code, listen.path, flag) : portMend(code, flag);
  if (mend === undefined) return undefined;
  const text = `error: cannot listen on ${showListen(listen)} (${code})\nhint: ${mend}`;
  return { code: exitCodes.cannotListen, text };
}

function portMend(code: string, flag: string): string | undefined {
  const mends: Readonly<Record<string, string>> = {
    EADDRINUSE: `another process listens there: stop it, or choose another address with ${flag}`,
    EADDRNOTAVAIL: `this machine has no such address: choose one of its own with ${flag}`,
    ENOTFOUND: `this machine does not know that name: choose an address with ${flag}`,
    EAI_AGAIN: `this machine cannot look up that name: choose an address with ${flag}`,
    EACCES: "this user may not listen there: choose a port above 1023",
    EPERM: "this user may not listen there: choose a port above 1023",
  };
  return mends[code];
}

/** For a socket the system tells a missing folder and a forbidden one apart by no code: libuv makes EACCES of both. */
function socketMend(code: string, path: string, flag: string): string | undefined {
  if (code === "EADDRINUSE") {
    return isSocketAt(path)
      ? portMend(code, flag)
      : `something that is no socket has that name: move it away, or choose another path with ${flag}`;
  }
  return ["EACCES", "EPERM", "ENOENT", "ENOTDIR", "EROFS", "ELOOP"].includes(code)
    ? "the folder of the socket is missing, or this user may not write in it"
    : undefined;
}
