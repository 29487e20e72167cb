import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { joinedValues, partName, partOf, splitValue } from "../../src/session/cookie-parts.ts";

const room = 10;
const sealedText = fc
  .string({ unit: fc.constantFrom(..."ABCabc019-_."), minLength: 1, maxLength: 60 })
  // A sealed value never has "~", and its second character is never one.
  .filter((text) => !text.includes("~"));

function headerOf(parts: readonly string[], name = "c"): string {
  return parts.map((part, index) => `${partName(name, index)}=${part}`).join("; ");
}

test("S54: joins what it has split, or refuses to split it", () => {
  fc.assert(
    fc.property(sealedText, (value) => {
      const parts = splitValue(value, room);
      if (parts === undefined) return assert.ok(value.length > 4 * room - 2);
      assert.ok(parts.length <= 4);
      assert.ok(parts.every((part) => part.length > 0 && part.length <= room));
      assert.deepEqual(joinedValues(headerOf(parts), "c"), [value]);
    }),
  );
});

test("leaves a value whole that has room in one part", () => {
  assert.deepEqual(splitValue("0123456789", room), ["0123456789"]);
  assert.deepEqual(splitValue("0123456789A", room), ["2~01234567", "89A"]);
});

test("S54: splits into four parts and no more", () => {
  assert.equal(splitValue("x".repeat(38), room)?.length, 4);
  assert.equal(splitValue("x".repeat(39), room), undefined);
});

test("S54: has no value when any one part is missing", () => {
  const parts = splitValue("x".repeat(35), room) ?? [];
  assert.equal(parts.length, 4);
  for (const missing of [0, 1, 2, 3]) {
    const rest = parts.flatMap((part, index) =>
      index === missing ? [] : [`${partName("c", index)}=${part}`],
    );
    assert.deepEqual(joinedValues(rest.join("; "), "c"), [], `without part ${missing}`);
  }
});

const partNames: readonly [name: string, whole: string, index: number][] = [
  ["c", "c", 0],
  ["c.0", "c", 0],
  ["c.3", "c", 3],
  ["c.9", "c", 9],
  ["c.x", "c.x", 0],
  ["c./", "c./", 0],
  ["c.:", "c.:", 0],
  ["c.12", "c.12", 0],
  ["cc1", "cc1", 0],
  ["1", "1", 0],
];

test("knows of which cookie a name is a part", () => {
  for (const [name, whole, index] of partNames) assert.deepEqual(partOf(name), { whole, index });
});

test("does not look at a part that is left over from a larger value", () => {
  assert.deepEqual(joinedValues("c=short; c.1=old; c.2=old", "c"), ["short"]);
  assert.deepEqual(joinedValues("c=2~ab; c.1=cd; c.2=old", "c"), ["abcd"]);
});

const badCounts = ["0~ab", "1~ab", "5~ab", "9~ab", "x~ab", "~~ab"];
for (const first of badCounts) {
  test(`S54: has no value for a first part that begins ${first}`, () => {
    assert.deepEqual(joinedValues(`c=${first}; c.1=cd; c.2=ef; c.3=gh; c.4=ij`, "c"), []);
  });
}

test("S50: gives every value that stands under the name", () => {
  assert.deepEqual(joinedValues("c=one; c=two", "c"), ["one", "two"]);
});

test("S50: joins each part with each of its planted doubles", () => {
  assert.deepEqual(joinedValues("c=2~ab; c.1=planted; c.1=cd", "c"), ["abplanted", "abcd"]);
});

test("S94: gives a bounded number of values however many parts were planted", () => {
  const planted = Array.from({ length: 200 }, (_, index) => `c.1=p${index}; c.2=q${index}`);
  const values = joinedValues(`c=3~ab; c=3~cd; ${planted.join("; ")}`, "c");
  assert.ok(values.length > 0 && values.length <= 8);
});

test("S94: looks at eight values of one name and no more, whatever they join to", () => {
  const firsts = (count: number) => "c=2~planted; ".repeat(count);
  assert.deepEqual(joinedValues(`${firsts(7)}c=whole`, "c"), ["whole"]);
  assert.deepEqual(joinedValues(`${firsts(8)}c=whole`, "c"), []);
});
