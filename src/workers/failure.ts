/**
 * Why a worker could not start, carried to the primary and made into the same error there: an operator is told the same words, with
 * the same exit code, however many processes found the mistake. An error's own kind does not survive the way between processes.
 */
import { ConfigError, type Problem } from "../config/problems.ts";
import { StorePackageMissing } from "../store/open.ts";

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** Of a system's error. */
  readonly code?: string | undefined;
  /** Of a ConfigError. */
  readonly problems?: readonly Problem[] | undefined;
}

/** What is told of an error. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return {
    name,
    message,
    stack,
    code,
    problems: error instanceof ConfigError ? error.problems : undefined,
  };
}

/** The error again, of the kinds that an exit code depends on. */
export function fromFailure({ name, message, stack, code, problems }: Failure): Error {
  if (problems !== undefined) return new ConfigError(problems);
  if (name === StorePackageMissing.name) return new StorePackageMissing(message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
