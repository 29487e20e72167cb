import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSlots } from "../../src/proxy/slots.ts";
import { eventually } from "../support/eventually.ts";

const never = () => assert.fail("must not be called");

describe("places", () => {
  it("are given up to the limit", () => {
    const slots = createSlots(2, 60_000);
    assert.deepEqual([slots.take(), slots.take(), slots.take()], [true, true, false]);
    slots.leave();
    assert.equal(slots.take(), true);
  });

  it("pass on in the order of waiting", () => {
    const slots = createSlots(1, 60_000);
    const gone: string[] = [];
    slots.take();
    slots.wait(() => gone.push("first"), never);
    slots.wait(() => gone.push("second"), never);
    slots.leave();
    assert.deepEqual(gone, ["first"]);
    assert.equal(slots.take(), false, "the place went on and was not freed");
    slots.leave();
    assert.deepEqual(gone, ["first", "second"]);
    slots.leave();
    assert.equal(slots.take(), true);
  });

  it("skip who has left the queue", () => {
    const slots = createSlots(1, 60_000);
    const gone: string[] = [];
    slots.take();
    slots.wait(never, never)();
    slots.wait(() => gone.push("second"), never);
    slots.leave();
    assert.deepEqual(gone, ["second"]);
  });

  it("are not waited for longer than the time", async () => {
    const slots = createSlots(1, 20);
    let late = 0;
    slots.take();
    slots.wait(never, () => {
      late += 1;
    });
    await eventually("the time is over", () => late === 1);
    slots.leave();
    assert.equal(slots.take(), true);
  });
});
