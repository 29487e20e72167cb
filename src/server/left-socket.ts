/**
 * The socket file that a process which was killed has left behind: nothing listens on it, and nothing else can until it is gone. Apart
 * from the listener, for the process above the workers removes it before any of them listens. What is removed must be a socket on
 * which nobody answers: a file of somebody's, or the socket of a gate that serves, stays.
 */
import { lstatSync, rmSync, type Stats } from "node:fs";
import { createConnection } from "node:net";

/**
 * Removes it when nobody listens on it, and is true when it did. Leaves anything else as it is. Fails with the system's error when
 * this user may not remove it (EACCES, EPERM).
 */
export async function removeLeftSocket(path: string): Promise<boolean> {
  const before = socketAt(path);
  if (before === undefined || !(await isRefused(path))) return false;
  const now = socketAt(path);
  // Another process has removed it meanwhile, and may be the one that listens now.
  if (now === undefined || !isSame(before, now)) return false;
  rmSync(path, { force: true });
  return true;
}

/** True when a socket is there, and not a file, a folder or a link. */
export function isSocketAt(path: string): boolean {
  return socketAt(path) !== undefined;
}

function socketAt(path: string): Stats | undefined {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found?.isSocket() ? found : undefined;
  } catch {
    return undefined;
  }
}

/** A number of a file is given again as soon as it is free, so its time counts too. */
function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino && one.ctimeMs === other.ctimeMs;
}

/** The one sure sign: a busy listener, one of another user's and a socket of datagrams fail in other ways. */
function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error) => {
      resolve("code" in error && error.code === "ECONNREFUSED");
    });
  });
}
