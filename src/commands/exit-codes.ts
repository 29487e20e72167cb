/** The exit codes of the command (contract 1), those of sysexits.h where one fits. */
export const exitCodes = {
  ok: 0,
  /** A bug, or a health check that failed. */
  failure: 1,
  usage: 64,
  cannotListen: 69,
  config: 78,
} as const;
