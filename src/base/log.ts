/** What the parts log through: fields first, then the sentence. `createLog` in this folder makes one on pino. */

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** A log that drops everything: for parts that are built without one in tests. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
