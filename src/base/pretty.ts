/**
 * One log line for a person at a terminal: time, level, sentence, then the fields. Nothing in it can move the
 * cursor or colour the screen: text from outside shows with its control characters escaped (S102).
 */

const colours = { debug: 90, info: 36, warn: 33, error: 31 } as const;

/** Makes the formatter of JSON log lines. A line that is no JSON object passes as it is. */
export function createPretty(options: { readonly colour: boolean }): (line: string) => string {
  const paint = (code: number, text: string) =>
    options.colour ? `\x1b[${code}m${text}\x1b[0m` : text;
  return (line) => {
    const record = parse(line);
    if (record === undefined) return line;
    const { time, ts, level, msg, log, event, stack: _stack, ...fields } = record;
    const clock = String(time ?? ts ?? "").slice(11, 19);
    const kind = typeof level === "string" ? level : String(log ?? "info");
    const word = kind.toUpperCase().padEnd(5);
    const sentence = visible(String(msg ?? event ?? log ?? ""));
    const rest = Object.entries(fields).map(
      ([name, value]) => `${paint(90, `${name}=`)}${show(value)}`,
    );
    const code = Object.hasOwn(colours, kind) ? colours[kind as keyof typeof colours] : 90;
    return `${[paint(90, clock), paint(code, word), sentence, ...rest].join(" ")}\n`;
  };
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function show(value: unknown): string {
  if (isError(value)) return visible(JSON.stringify(`${value.type}: ${value.message}`));
  if (typeof value === "string" && /^[\w./:@+-]+$/.test(value)) return value;
  return visible(JSON.stringify(value));
}

function visible(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function isError(value: unknown): value is { readonly type: unknown; readonly message: unknown } {
  return typeof value === "object" && value !== null && "type" in value && "message" in value;
}
