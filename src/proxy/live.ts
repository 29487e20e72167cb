/**
 * The streams that outlive the request they began with: WebSockets and event streams, by the session they belong to. A session
 * that ends takes its streams with it within a second (S82), whatever their age; so do a gate that stops and settings that changed.
 */
import { createExpiringMap } from "../base/expiring-map.ts";
import type { Runtime } from "../base/runtime.ts";
import type { StreamJudge, StreamKind, StreamOwner } from "./contract.ts";

/** Close codes of the gate (contract 10): no session any more, no access any more, the gate stops. */
export type EndCode = 4401 | 4403 | 1012;

export interface LiveStream {
  readonly kind: StreamKind;
  /** Ends the stream as gently as it can within a second. Called at most once. */
  end(code: EndCode): void;
}

export interface Live {
  /** A mark of this moment, for `add`: one number, so that requests which never stream pay nothing. */
  readonly moment: number;
  /**
   * Takes the stream into care until the returned function is called. Ends it at once when the gate is stopping, when its session
   * has ended since the moment at which the request was admitted, or when settings that are newer than that do not admit it.
   */
  add(owner: StreamOwner | undefined, stream: LiveStream, admitted: number): () => void;
  closeSession(sessionId: string, code: 4401 | 4403): void;
  /** Ends the streams that may not go on, and from here on each that is added and may not. */
  judgeAll(judge: StreamJudge): void;
  /** Ends all streams, and every one that is added after. */
  closeAll(): void;
  readonly size: number;
  /** How many of the kind there are, by looking at each. */
  count(kind: StreamKind): number;
}

/** Milliseconds between two looks at which streams have reached their end. */
const sweepMs = 500;

/** Ended sessions are remembered for requests that have no answer yet: an hour, and so many (S94). */
const endedMs = 3_600_000;
const maxEnded = 10_000;

interface Entry {
  readonly owner: StreamOwner | undefined;
  readonly stream: LiveStream;
}

export function createLive(runtime: Runtime): Live {
  const entries = new Set<Entry>();
  const bySession = new Map<string, Set<Entry>>();
  const ended = createExpiringMap<{ readonly moment: number; readonly code: 4401 | 4403 }>(
    maxEnded,
    runtime.now,
  );
  let moment = 0;
  let stopping = false;
  // The settings of the start have admitted whoever comes.
  let judge: StreamJudge = () => undefined;
  let sweep: NodeJS.Timeout | undefined;

  function endEntry(entry: Entry, code: EndCode): void {
    if (remove(entry)) entry.stream.end(code);
  }

  function remove(entry: Entry): boolean {
    if (!entries.delete(entry)) return false;
    const { owner } = entry;
    const siblings = owner === undefined ? undefined : bySession.get(owner.sessionId);
    siblings?.delete(entry);
    if (owner !== undefined && siblings?.size === 0) bySession.delete(owner.sessionId);
    if (entries.size === 0) {
      clearInterval(sweep);
      sweep = undefined;
    }
    return true;
  }

  function endOverdue(): void {
    const now = runtime.now();
    for (const entry of entries) {
      if (entry.owner !== undefined && entry.owner.endsAt <= now) endEntry(entry, 4401);
    }
  }

  function endOf(owner: StreamOwner | undefined, admitted: number): EndCode | undefined {
    if (stopping) return 1012;
    if (owner === undefined) return undefined;
    const end = ended.get(owner.sessionId);
    return end !== undefined && end.moment > admitted ? end.code : judge(owner);
  }

  return {
    get moment() {
      return moment;
    },
    get size() {
      return entries.size;
    },
    count(kind) {
      let count = 0;
      for (const { stream } of entries) if (stream.kind === kind) count += 1;
      return count;
    },
    add(owner, stream, admitted) {
      const code = endOf(owner, admitted);
      if (code !== undefined) {
        stream.end(code);
        return () => {};
      }
      const entry: Entry = { owner, stream };
      entries.add(entry);
      if (owner !== undefined) {
        const siblings = bySession.get(owner.sessionId);
        if (siblings === undefined) bySession.set(owner.sessionId, new Set([entry]));
        else siblings.add(entry);
      }
      sweep ??= setInterval(endOverdue, sweepMs).unref();
      return () => {
        remove(entry);
      };
    },
    closeSession(sessionId, code) {
      moment += 1;
      ended.set(sessionId, { moment, code }, runtime.now() + endedMs);
      for (const entry of [...(bySession.get(sessionId) ?? [])]) endEntry(entry, code);
    },
    judgeAll(newest) {
      judge = newest;
      for (const entry of [...entries]) {
        const code = entry.owner === undefined ? undefined : judge(entry.owner);
        if (code !== undefined) endEntry(entry, code);
      }
    },
    closeAll() {
      stopping = true;
      for (const entry of [...entries]) endEntry(entry, 1012);
    },
  };
}
