/**
 * Completion scripts, made of the command line's description: they complete what this version has, and do not run the command,
 * so that a press of the tab key waits for nothing.
 */
import { type Described, type DescribedOption, defaultCommand } from "./described.ts";

export type Shell = "bash" | "zsh" | "fish";

/** The script, with how to install it in its first lines. */
export function completionScript(shell: Shell, described: Described): string {
  return { bash, zsh, fish }[shell](described);
}

/** Every option once, whichever commands have it. */
function allOptions({ options, commands }: Described): readonly DescribedOption[] {
  const all = [...options, ...commands.flatMap((command) => command.options)];
  return [...new Map(all.map((option) => [option.flag, option])).values()];
}

const flagsOf = (options: readonly DescribedOption[]): string =>
  options.map(({ flag }) => flag).join(" ");

/** Those that may be given without naming a command. */
function leading({ options, commands }: Described): readonly DescribedOption[] {
  const ofDefault = commands.find(({ name }) => name === defaultCommand)?.options ?? [];
  const flags = new Set(options.map(({ flag }) => flag));
  return [...options, ...ofDefault.filter(({ flag }) => !flags.has(flag))];
}

function bash(described: Described): string {
  const { name, commands } = described;
  const names = commands.map((command) => command.name).join(" ");
  const valued = allOptions(described).filter(({ argument }) => argument !== undefined);
  const offered = valued.filter(({ values }) => values.length > 0);
  const files = valued.filter(({ argument }) => argument === "file");
  const others = valued.filter((option) => !offered.includes(option) && !files.includes(option));
  const cases = commands.map((command) => {
    const words = [flagsOf(command.options), ...command.words].join(" ").trim();
    return `    ${command.name}) words="${command.name === "help" ? names : words}" ;;`;
  });
  return `# Completion of ${name} for bash. In ~/.bashrc:  source <(${name} completion bash)
_hermes_gate() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command="" words="" word at
  # bash takes --flag=value for three words.
  if [[ $current == "=" ]]; then current=""
  elif [[ $previous == "=" ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case $word in
      ${commands.map((command) => command.name).join("|")}) command=$word; break ;;
    esac
  done
  COMPREPLY=()
  case $previous in
${offered.map(({ flag, values }) => `    ${flag}) COMPREPLY=($(compgen -W "${values.join(" ")}" -- "$current")); return ;;`).join("\n")}
    ${files.map(({ flag }) => flag).join("|")}) compopt -o default 2>/dev/null; return ;;
    ${others.map(({ flag }) => flag).join("|")}) return ;;
  esac
  case $command in
    "") words="${names} ${flagsOf(leading(described))}" ;;
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _hermes_gate ${name}
`;
}

/** For single quotes of a shell, and without what _arguments would read as its own. */
const quoted = (text: string): string => text.replaceAll("'", "'\\''");
const forZsh = (text: string): string => quoted(text).replaceAll(/[[\]:\\]/g, "\\$&");

function zshOption({ flag, what, argument, values }: DescribedOption): string {
  const repeated = what.includes("(repeat)") ? "*" : "";
  const offered = values.length > 0 ? `(${values.join(" ")})` : " ";
  const action = argument === "file" ? "_files" : offered;
  const value = argument === undefined ? "" : `:${argument}:${action}`;
  const equals = argument === undefined ? "" : "=";
  return `'${repeated}${flag}${equals}[${forZsh(what)}]${value}'`;
}

function zsh(described: Described): string {
  const { name, commands } = described;
  const list = commands.map((command) => `    '${command.name}:${quoted(command.what)}'`);
  const cases = commands.map((command) => {
    const words = command.name === "help" ? commands.map((other) => other.name) : command.words;
    const rest = words.length > 0 ? [`'1:word:(${words.join(" ")})'`] : [];
    const parts = [...command.options.map(zshOption), ...rest].map(
      (part) => ` \\\n        ${part}`,
    );
    return `      ${command.name}) _arguments${parts.join("")} ;;`;
  });
  const first = leading(described).map((option) => `    ${zshOption(option)} \\\n`);
  return `#compdef ${name}
# Completion of ${name} for zsh. In ~/.zshrc, after compinit:  source <(${name} completion zsh)
_hermes_gate() {
  local state line
  local -a commands
  commands=(
${list.join("\n")}
  )
  _arguments -C \\
${first.join("")}    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $line[1] in
${cases.join("\n")}
      esac ;;
  esac
}
if [[ $funcstack[1] == _hermes_gate ]]; then _hermes_gate "$@"
else compdef _hermes_gate ${name}
fi
`;
}

function fish(described: Described): string {
  const { name, commands } = described;
  const names = commands.map((command) => command.name).join(" ");
  const line = (when: string, rest: string) => `complete -c ${name} -n '${when}' ${rest}`;
  const option = (when: string) => (described: DescribedOption) => {
    const { flag, what, argument, values } = described;
    const value = argument === undefined ? "" : argument === "file" ? " -r -F" : " -x";
    const offer = values.length > 0 ? ` -a '${values.join(" ")}'` : "";
    return line(when, `-l ${flag.slice(2)}${value}${offer} -d '${forFish(what)}'`);
  };
  const none = `not __fish_seen_subcommand_from ${names}`;
  return `# Completion of ${name} for fish: ${name} completion fish > ~/.config/fish/completions/${name}.fish
complete -c ${name} -f
${commands.map((command) => line(none, `-a ${command.name} -d '${forFish(command.what)}'`)).join("\n")}
${leading(described).map(option(none)).join("\n")}
${commands
  .flatMap((command) => {
    const seen = `__fish_seen_subcommand_from ${command.name}`;
    const words = command.name === "help" ? names : command.words.join(" ");
    const offered = words === "" ? [] : [line(seen, `-a '${words}'`)];
    return [...command.options.map(option(seen)), ...offered];
  })
  .join("\n")}
`;
}

const forFish = (text: string): string => text.replaceAll(/['\\]/g, "\\$&");
