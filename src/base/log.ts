/**
 * What the parts log through, fields first, then the sentence, and the one on pino that the process uses. Everything but
 * the access line passes through `redact`; that one is written for every request, so its fields are chosen by the server to
 * hold no secret, and it is made here without pino, at a third of the cost.
 */
import pino from "pino";
import { createLineBuffer, type LogDestination } from "./line-buffer.ts";
import { createPretty } from "./pretty.ts";
import { escapeControls, redactFields, redactText } from "./redact.ts";
import { nodeRuntime } from "./runtime.ts";

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** A log that drops everything: for parts that are built without one in tests. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** The log of the process, with what only its root can do. */
export interface RootLog extends Log {
  /** One line a request, `"log":"access"`, at level info. The fields are not searched for secrets: never a query, a cookie or a token. */
  access(fields: LogFields): void;
  /** Writes a line that is JSON already, among the others. */
  line(json: string): void;
  /** Writes whole lines that another process's log has made, as they are. */
  passOn(lines: string): void;
  /** Logs from this level on, access lines with `info`. */
  setLevel(level: LogOptions["level"]): void;
  /** Resolves when what is buffered is written out, or after a second: to be awaited before the process ends. */
  flush(): Promise<void>;
}

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "json" | "pretty";
  /** Colours in the pretty format. Default false. */
  readonly colour?: boolean;
  /** Default: standard output. */
  readonly destination?: LogDestination;
  /** Milliseconds since the epoch, for access lines. Default: the clock. */
  readonly now?: () => number;
}

/** The log of the process. Access lines may wait a quarter of a second or for others; every other line goes out at once. */
export function createLog(options: LogOptions): RootLog {
  const destination =
    options.destination ??
    standardOutput((lines) => {
      log.warn({ lines }, "log lines were lost: standard output took no more");
    });
  const buffer = createLineBuffer(destination);
  const pretty =
    options.format === "pretty" ? createPretty({ colour: options.colour ?? false }) : undefined;
  const add = pretty === undefined ? buffer.add : (line: string) => buffer.add(pretty(line));
  const logger = pino(
    {
      level: options.level,
      // Neither pid nor host name: whoever collects the lines knows both.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Errors are plain values by then: pino's own rendering would lose their type.
      serializers: { err: (value: unknown) => value },
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: add },
  );
  const writer = (level: LogOptions["level"]) => (fields: LogFields, message: string) => {
    if (!logger.isLevelEnabled(level)) return;
    logger[level](redactFields(fields), redactText(message));
    buffer.send();
  };
  const stamp = createStamp(options.now ?? nodeRuntime.now);
  let logsRequests = logger.isLevelEnabled("info");

  const log: RootLog = {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
    access(fields) {
      if (!logsRequests) return;
      const path = fields["path"];
      const odd = typeof path === "string" && /[\x7f-\x9f]/.test(path);
      const safe = odd ? { ...fields, path: escapeControls(path) } : fields;
      const rest = JSON.stringify(safe).slice(1);
      add(`{"level":"info","time":"${stamp()}","log":"access",${rest}\n`);
    },
    line(json) {
      add(json.endsWith("\n") ? json : `${json}\n`);
      buffer.send();
    },
    setLevel(level) {
      logger.level = level;
      logsRequests = logger.isLevelEnabled("info");
    },
    passOn(lines) {
      buffer.send();
      destination.write(lines);
    },
    flush: buffer.flush,
  };
  return log;
}

/** The time in ISO 8601, made once a millisecond. */
function createStamp(now: () => number): () => string {
  let last = -1;
  let text = "";
  return () => {
    const time = now();
    if (time !== last) {
      last = time;
      text = new Date(time).toISOString();
    }
    return text;
  };
}

/** Bytes that wait for a reader that does not read, or for a disk that is full. What comes beyond them is lost (S94). */
const maxWaitingBytes = 4_194_304;

/** `onLost` is told how many lines are gone, once there is room again. */
function standardOutput(onLost: (lines: number) => void): LogDestination {
  // Not 0: with it a flush would call back before the bytes are out.
  const parts = { sync: false, minLength: 1, maxLength: maxWaitingBytes };
  const output = pino.destination({ dest: 1, ...parts });
  let lost = 0;
  // A closed pipe, a terminal that is gone or a full disk must not end the gate: it serves on without a log. Nor may it hang at
  // its exit, where pino would try for ever to write the rest.
  output.on("error", () => {
    output.flushSync = () => {};
  });
  output.on("drop", (text: string) => {
    lost += text.split("\n").length - 1;
    // Nothing else would try again after a write that failed.
    output.flush();
  });
  output.on("drain", () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    onLost(lines);
  });
  return output;
}
