/** Waits for a condition by looking at it again and again: the one way to wait for what gives no sign of itself. */

/** Resolves when the condition holds; rejects, naming it, after five seconds. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (condition()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  throw new Error(`never: ${what}`);
}
