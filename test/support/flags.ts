/**
 * The flags of the project's own scripts (`soak`, `programs`, `binary:check`). Who mistypes one reads what is wrong and which there
 * are, as from the gate's command, and not a stack trace of Node's parser.
 */
import { type ParseArgsConfig, parseArgs } from "node:util";

/** The values of the flags. A wrong one ends the process with code 64. */
export function readFlags<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  options: Options,
): ReturnType<typeof parseArgs<{ readonly options: Options }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [sentence = ""] = error.message.split(". ");
    const names = Object.keys(options).map((name) => `--${name}`);
    return refuseFlags(
      sentence.charAt(0).toLowerCase() + sentence.slice(1),
      `the flags are ${names.join(", ")}`,
    );
  }
}

/** Says what is wrong and ends the process with code 64. */
export function refuseFlags(problem: string, hint: string): never {
  console.error(`error: ${problem}\nhint: ${hint}`);
  process.exit(64);
}
