/**
 * Keeps the one who is measured apart from the rest: what waits for a core that another program has got says more about the
 * kernel's choice than about the one who waits.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { processTree } from "./process-tree.ts";

/**
 * Does the work while the subject's process tree has a core of its own, and this process, what it starts meanwhile, and the upstream
 * share all others. A subject that is the upstream shares them too. On a single core nothing is kept apart. Fails when
 * util-linux's `taskset` does.
 */
export async function apart<Result>(
  subject: number,
  upstream: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const cores = allowedCores(readFileSync("/proc/self/status", "latin1"));
  const own = cores.at(-1);
  if (own === undefined || cores.length === 1) return work();
  keepOn(subject, [own]);
  keepOn(upstream, cores.slice(0, -1));
  keepOn(process.pid, cores.slice(0, -1));
  try {
    return await work();
  } finally {
    for (const root of [subject, upstream, process.pid]) keepOn(root, cores);
  }
}

/** The numbers of `Cpus_allowed_list`, as `0-2,5`, in the text of a process's status. */
export function allowedCores(status: string): readonly number[] {
  const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  return list.split(",").flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

/** Moves all threads of the tree. This process is moved alone, since the subjects are its children. */
function keepOn(root: number, cores: readonly number[]): void {
  const tree = root === process.pid ? [root] : processTree(root).map(({ pid }) => pid);
  for (const pid of tree) {
    const args = ["--all-tasks", "--cpu-list", "--pid", cores.join(","), String(pid)];
    const { status, stderr, error } = spawnSync("taskset", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`taskset failed: ${stderr}`, { cause: error });
  }
}
