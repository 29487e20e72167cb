import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLive, type EndCode } from "../../src/proxy/live.ts";
import { eventually } from "../support/eventually.ts";
import { streamOwner as owner } from "../support/proxy.ts";
import { testRuntime } from "../support/still-clock.ts";

/** A stream that notes the codes it was ended with. */
function stream() {
  const codes: EndCode[] = [];
  return { kind: "socket" as const, codes, end: (code: EndCode) => void codes.push(code) };
}

describe("streams in care", () => {
  it("end with their own session, each once", () => {
    const live = createLive(testRuntime());
    const [mine, alsoMine, other] = [stream(), stream(), stream()];
    live.add(owner("s-1"), mine, live.moment);
    live.add(owner("s-1"), alsoMine, live.moment);
    live.add(owner("s-2"), other, live.moment);
    live.closeSession("s-1", 4403);
    live.closeSession("s-1", 4403);
    assert.deepEqual([mine.codes, alsoMine.codes, other.codes], [[4403], [4403], []]);
    assert.equal(live.size, 1);
  });

  it("are left alone once they were taken out", () => {
    const live = createLive(testRuntime());
    const gone = stream();
    live.add(owner("s-1"), gone, live.moment)();
    live.closeSession("s-1", 4401);
    live.closeAll();
    assert.deepEqual(gone.codes, []);
    assert.equal(live.size, 0);
  });

  it("end at once when their session has ended since they were admitted", () => {
    const live = createLive(testRuntime());
    const admitted = live.moment;
    live.closeSession("s-1", 4401);
    const late = stream();
    live.add(owner("s-1"), late, admitted);
    assert.deepEqual(late.codes, [4401]);
    assert.equal(live.size, 0);
  });

  it("live when they were admitted after an end: access may have been given again", () => {
    const live = createLive(testRuntime());
    live.closeSession("s-1", 4403);
    const later = stream();
    live.add(owner("s-1"), later, live.moment);
    assert.deepEqual(later.codes, []);
  });

  it("end with 4401 when their time has come, and not before", async () => {
    const runtime = testRuntime();
    const live = createLive(runtime);
    const [soon, later] = [stream(), stream()];
    live.add(owner("s-1", runtime.now() + 1000), soon, live.moment);
    live.add(owner("s-2", runtime.now() + 2000), later, live.moment);
    runtime.pass(1000);
    await eventually("the first ends", () => soon.codes.length > 0);
    assert.deepEqual([soon.codes, later.codes], [[4401], []]);
    live.closeAll();
  });

  it("all end with 1012 when the gate stops, and every later one too", () => {
    const live = createLive(testRuntime());
    const [owned, anonymous, late] = [stream(), stream(), stream()];
    live.add(owner("s-1"), owned, live.moment);
    live.add(undefined, anonymous, live.moment);
    live.closeAll();
    live.add(undefined, late, live.moment);
    assert.deepEqual([owned.codes, anonymous.codes, late.codes], [[1012], [1012], [1012]]);
  });

  it("S82: are judged when settings change, those too that begin later", () => {
    const live = createLive(testRuntime());
    const [gone, barred, open, nobodys] = [stream(), stream(), stream(), stream()];
    const [late, stays] = [stream(), stream()];
    for (const [name, one] of [
      ["gone", gone],
      ["barred", barred],
      ["open", open],
    ] as const) {
      live.add(owner(name), one, live.moment);
    }
    live.add(undefined, nobodys, live.moment);
    const admitted = live.moment;
    live.judgeAll(({ sessionId }) =>
      sessionId === "gone" ? 4401 : sessionId === "barred" ? 4403 : undefined,
    );
    assert.deepEqual([gone.codes, barred.codes], [[4401], [4403]]);
    assert.deepEqual([open.codes, nobodys.codes], [[], []]);
    live.add(owner("gone"), late, admitted);
    live.add(owner("open"), stays, admitted);
    assert.deepEqual([late.codes, stays.codes], [[4401], []]);
    assert.equal(live.size, 3);
    live.judgeAll(() => undefined);
    live.judgeAll(() => 4401);
    assert.deepEqual([gone.codes, open.codes, stays.codes], [[4401], [4401], [4401]]);
    assert.deepEqual(nobodys.codes, []);
  });
});
