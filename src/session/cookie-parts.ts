/**
 * A value that is too long for one cookie, as several (contract 4, S54): `name`, `name.1` to `name.3`. The first part says how
 * many there are, at most four. With a part missing there is no value; a part left over from a larger value is ignored. The
 * count need not be trusted, since what the parts join to still has to open.
 */
import { cookieValues } from "../http/cookie.ts";

/** Characters of one part's value. */
export const partRoom = 3800;
export const maxParts = 4;

/**
 * Values that are looked at under one name, and joined from it, at most. Anyone who can plant parts could else make them
 * multiply, and each first part costs a search of the whole header for the others.
 */
const maxCandidates = 8;
const none: readonly string[] = [];
const TILDE = 0x7e;
const DIGIT_ZERO = 0x30;

/** The value in parts of at most `room` characters; undefined when it needs more than four. The value must not have a `~`. */
export function splitValue(value: string, room: number = partRoom): readonly string[] | undefined {
  if (value.length <= room) return [value];
  const count = Math.ceil((value.length + 2) / room);
  if (count > maxParts) return undefined;
  const marked = `${count}~${value}`;
  return Array.from({ length: count }, (_, index) =>
    marked.slice(index * room, (index + 1) * room),
  );
}

/** The name of a part: the cookie's own for the first. */
export function partName(name: string, index: number): string {
  return index === 0 ? name : `${name}.${index}`;
}

/** The cookie that a name is a part of, and which part: the first has the cookie's own name. */
export function partOf(name: string): { readonly whole: string; readonly index: number } {
  const dot = name.length - 2;
  const digit = name.charCodeAt(dot + 1) - DIGIT_ZERO;
  if (name[dot] !== "." || digit < 0 || digit > 9) return { whole: name, index: 0 };
  return { whole: name.slice(0, dot), index: digit };
}

/** Every value that the header has under this name, split ones joined, incomplete ones left out. */
export function joinedValues(header: string, name: string): readonly string[] {
  const values = cookieValues(header, name);
  if (values.length === 0) return none;
  const [only] = values;
  if (values.length === 1 && only !== undefined && !isSplit(only)) return values;
  const firsts = values.slice(0, maxCandidates);
  return firsts.flatMap((first) => joinedWith(header, name, first)).slice(0, maxCandidates);
}

/** How many parts the values under this name say that they have: the most of them, 0 when none came. */
export function partsWanted(header: string, name: string): number {
  return Math.max(0, ...cookieValues(header, name).map(countOf));
}

/** What a first part says: 1 for a whole value, 0 for a count that no value has. */
function countOf(first: string): number {
  if (!isSplit(first)) return 1;
  const count = "1234".indexOf(first.charAt(0)) + 1;
  return count < 2 ? 0 : count;
}

function joinedWith(header: string, name: string, first: string): readonly string[] {
  if (!isSplit(first)) return [first];
  const count = countOf(first);
  if (count === 0) return none;
  let joined: readonly string[] = [first.slice(2)];
  for (let index = 1; index < count; index += 1) {
    const parts = cookieValues(header, partName(name, index)).slice(0, maxCandidates);
    joined = joined.flatMap((head) => parts.map((part) => head + part)).slice(0, maxCandidates);
  }
  return joined;
}

function isSplit(value: string): boolean {
  return value.charCodeAt(1) === TILDE;
}
