/**
 * What the parts log through, fields first, then the sentence, and the one on pino that the process uses. Everything but
 * the access line passes through `redact`; the access line is written for every request, so its fields are chosen by the
 * server to hold no secret, and it costs no search.
 */
import pino from "pino";
import { createPretty } from "./pretty.ts";
import { escapeControls, redactFields, redactText } from "./redact.ts";

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
  /** Resolves when what is buffered is written out, or after a second: to be awaited before the process ends. */
  flush(): Promise<void>;
}

/** Where lines go. Each text ends in a newline. */
export interface LogDestination {
  write(text: string): void;
  /** Starts writing out what is buffered, and calls back when that is done. */
  flush?(done?: () => void): void;
}

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "json" | "pretty";
  /** Colours in the pretty format. Default false. */
  readonly colour?: boolean;
  /** Default: standard output, buffered. */
  readonly destination?: LogDestination;
}

/** The log of the process. Access lines may wait a quarter of a second or 4 KiB; every other line goes out at once. */
export function createLog(options: LogOptions): RootLog {
  const destination = options.destination ?? standardOutput();
  const pretty =
    options.format === "pretty" ? createPretty({ colour: options.colour ?? false }) : undefined;
  const stream =
    pretty === undefined
      ? destination
      : { write: (text: string) => destination.write(pretty(text)) };
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
    stream,
  );
  const requests = logger.child({ log: "access" });

  const writer = (level: LogOptions["level"]) => (fields: LogFields, message: string) => {
    if (!logger.isLevelEnabled(level)) return;
    logger[level](redactFields(fields), redactText(message));
    destination.flush?.();
  };

  return {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
    access(fields) {
      const path = fields["path"];
      const odd = typeof path === "string" && /[\x7f-\x9f]/.test(path);
      requests.info(odd ? { ...fields, path: escapeControls(path) } : fields);
    },
    line(json) {
      stream.write(json.endsWith("\n") ? json : `${json}\n`);
      destination.flush?.();
    },
    flush: () =>
      new Promise((resolve) => {
        if (destination.flush === undefined) return resolve();
        // A reader that has stopped reading must not keep the process from ending.
        setTimeout(resolve, 1000).unref();
        destination.flush(resolve);
      }),
  };
}

function standardOutput(): LogDestination {
  const output = pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 250 });
  // A closed pipe must not end the gate: it serves on without a log.
  output.on("error", () => {});
  return output;
}
