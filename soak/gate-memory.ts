/**
 * What the gate's process holds: resident memory and open sockets from the kernel's account, and the heap after a collection
 * through V8's inspector, since a heap that was not collected says more about the collector than about the program.
 */
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { WebSocket } from "ws";

/** Bytes. Undefined when there is no such process any more. */
export function residentBytes(pid: number): number | undefined {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return line === null ? undefined : Number(line[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** Sockets that the process has open, those included that it listens on. */
export function openSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(`${folder}/${name}`).startsWith("socket:");
    } catch {
      return false; // it was closed between the listing and the reading
    }
  }).length;
}

/** Bytes of the heap and of buffers beside it that are left after a collection. The inspector listens on this port of loopback. */
export async function collectedHeap(inspectPort: number): Promise<number> {
  const list = await fetch(`http://127.0.0.1:${inspectPort}/json/list`);
  const [target] = (await list.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
  if (target === undefined) throw new Error("the inspector has no target");
  const socket = new WebSocket(target.webSocketDebuggerUrl, { perMessageDeflate: false });
  await once(socket, "open");
  try {
    await ask(socket, 1, "HeapProfiler.collectGarbage");
    const usage = await ask(socket, 2, "Runtime.getHeapUsage");
    return (usage["usedSize"] ?? 0) + (usage["backingStorageSize"] ?? 0);
  } finally {
    // A debugger that stays connected would keep the process from ending.
    socket.close();
    await once(socket, "close");
  }
}

function ask(
  socket: WebSocket,
  id: number,
  method: string,
): Promise<Readonly<Record<string, number>>> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${method} was not answered`)), 10_000);
    socket.on("message", function listen(data) {
      const message = JSON.parse(String(data)) as { id?: number; result?: Record<string, number> };
      if (message.id !== id) return;
      clearTimeout(late);
      socket.off("message", listen);
      resolve(message.result ?? {});
    });
    socket.send(JSON.stringify({ id, method }));
  });
}
