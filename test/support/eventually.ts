/** Waits for a condition by looking at it again and again: the one way to wait for what gives no sign of itself. */

/** Resolves when the condition holds; rejects, naming it, after five seconds. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  throw new Error(`never: ${what}`);
}

/** Resolves when the count has begun and then stays the same through many looks. */
export async function standsStill(who: string, count: () => number): Promise<void> {
  let before = 0;
  let looks = 0;
  await eventually(`${who} is held back`, () => {
    looks = count() > 0 && count() === before ? looks + 1 : 0;
    before = count();
    return looks === 50;
  });
}
