/**
 * Slow processes on a small machine: each runs for a part of every period, in turn, and is stopped for the rest. Two that never run at the
 * same time leave a core to the client and the upstream, however many cores they would take if they could.
 */

export interface Turns {
  readonly periodMs: number;
  /** Of each process, at most its share of the period. */
  readonly runMs: number;
}

/** Lets the processes run in turn until the function returned is called; from there on they all run. */
export function takeTurns(pids: readonly number[], { periodMs, runMs }: Turns): () => void {
  if (runMs * pids.length > periodMs) throw new Error("the turns would overlap");
  const startedAt = performance.now();
  const stopped = new Set<number>();

  function look(): void {
    const at = (performance.now() - startedAt) % periodMs;
    for (const [index, pid] of pids.entries()) {
      const from = (index * periodMs) / pids.length;
      const runs = at >= from && at < from + runMs;
      if (runs && stopped.delete(pid)) process.kill(pid, "SIGCONT");
      if (runs || stopped.has(pid)) continue;
      stopped.add(pid);
      process.kill(pid, "SIGSTOP");
    }
  }

  function end(): void {
    clearInterval(timer);
    process.off("exit", end);
    for (const pid of stopped) process.kill(pid, "SIGCONT");
  }

  const timer = setInterval(look, 1);
  process.once("exit", end);
  return end;
}
