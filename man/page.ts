/**
 * The man page, made of the command line's own description, the settings' sources and the examples of the help: it tells of no
 * flag that is not there. What it says besides stands here.
 */
import type { Described, DescribedOption } from "../src/commands/described.ts";
import { tasks } from "../src/commands/examples.ts";
import { exitCodes } from "../src/commands/exit-codes.ts";
import { providerSources, type SettingSource, settingSources } from "../src/config/sources.ts";

/** In roff, by the man macros. */
export function manPage(described: Described, version: string): string {
  const { name, what, options, commands } = described;
  const serve = commands.find((command) => command.name === "serve")?.options ?? [];
  const shared = new Set(serve.map(({ flag }) => flag));
  const own = (command: Described["commands"][number]) =>
    command.options.filter(({ flag }) => command.name !== "serve" && !shared.has(flag));
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version}" "User Commands"`,
    section("NAME", `${name} \\- ${text(what.charAt(0).toLowerCase() + what.slice(1))}`),
    section("SYNOPSIS", `.B ${name}\n[\\fIcommand\\fR] [\\fIoptions\\fR]`),
    section("DESCRIPTION", paragraphs(about)),
    section(
      "COMMANDS",
      ...commands.map((command) => {
        const words = command.words.length > 0 ? ` ${command.words.join("|")}` : "";
        const more = own(command).map((option) => `\n.RS\n${tagged(option)}\n.RE`);
        return `${tag(`\\fB${text(command.name + words)}\\fR`, command.what)}${more.join("")}`;
      }),
    ),
    section("OPTIONS", text(`Of ${name} itself:`), ...options.map(tagged)),
    section(
      "SETTINGS",
      text("Of serve, and of every command that reads the configuration:"),
      ...serve.filter(({ flag }) => flag !== "--help").map(tagged),
    ),
    section("ENVIRONMENT", paragraphs(environment), ...variables()),
    section("FILES", ...files.map(([file, use]) => tag(`\\fI${text(file)}\\fR`, use))),
    section("EXIT STATUS", ...codes.map(([code, use]) => tag(`\\fB${code}\\fR`, use))),
    section("SIGNALS", ...signals.map(([signal, use]) => tag(`\\fB${signal}\\fR`, use))),
    section(
      "EXAMPLES",
      ...tasks.flatMap(({ name: task, examples }) => [
        `.SS ${text(task)}`,
        ...examples.map(
          ({ line, what: does }) =>
            `.PP\n${text(`${capital(does)}:`)}\n.PP\n.EX\n    ${text(line)}\n.EE`,
        ),
      ]),
    ),
    "",
  ].join("\n");
}

const about = [
  "hermes-gate is a reverse proxy that puts a sign-in in front of a dashboard. People sign in at an identity provider (Nous Portal, any OpenID Connect provider, GitHub); requests, event streams and WebSockets then reach the dashboard with the person's identity in headers, and nobody else's do. Sessions are sealed cookies; there is no database.",
  "Settings come from flags, the environment and a YAML file, in this order of precedence. The file knows many more than there are flags: docs/configuration.md and config.example.yaml in the package tell all of them.",
];

const environment = [
  "An empty variable counts as unset. Lists are parted by commas. A variable for a secret has a second form that ends in _FILE and names a file to read it from; both at once are an error.",
];

const files: readonly (readonly [string, string])[] = [
  ["./config.yaml", "read when --config names no other file."],
  [
    "~/.local/state/hermes-gate/session.key",
    "the session secret, made at the first start when none is set; below $XDG_STATE_HOME or state_dir where these are set.",
  ],
];

const codes: readonly (readonly [number, string])[] = [
  [exitCodes.ok, "it did what was asked, and serve was stopped by a signal."],
  [exitCodes.failure, "the health check or the doctor found something wrong; or a bug."],
  [exitCodes.usage, "the command line is not understood."],
  [exitCodes.cannotListen, "the address to listen on cannot be used."],
  [exitCodes.config, "the configuration is not valid, or no provider is usable."],
];

const signals: readonly (readonly [string, string])[] = [
  [
    "SIGTERM, SIGINT",
    "stop: no new connections, requests finish within drain_timeout_seconds, WebSockets are closed with 1012. A second one ends the process at once.",
  ],
  [
    "SIGHUP",
    "read the configuration and the certificate again; what is not valid changes nothing.",
  ],
];

function section(title: string, ...parts: readonly string[]): string {
  return [`.SH ${title}`, ...parts].join("\n");
}

const paragraphs = (list: readonly string[]): string => list.map(text).join("\n.PP\n");

function tag(head: string, use: string): string {
  return `.TP\n${head}\n${text(use)}`;
}

function tagged({ flag, argument, what }: DescribedOption): string {
  const value = argument === undefined ? "" : ` \\fI${text(argument)}\\fR`;
  return tag(`\\fB${text(flag)}\\fR${value}`, what);
}

function variables(): readonly string[] {
  const sets = ({ key, flag }: SettingSource, of: string): string =>
    flag === undefined ? `sets ${of}${key}.` : `sets ${of}${key}, as ${flag} does.`;
  const row = (source: SettingSource, of: string): readonly string[] =>
    source.env.map((variable) => {
      const forms = source.secret === true ? [variable, `${variable}_FILE`] : [variable];
      return tag(`\\fB${forms.map(text).join("\\fR, \\fB")}\\fR`, sets(source, of));
    });
  const noColour = tag(
    "\\fBNO_COLOR\\fR",
    "when it is not empty, the log on a terminal has no colours.",
  );
  return [
    ...settingSources.flatMap((source) => row(source, "")),
    ...providerSources.flatMap((source) => row(source, `the ${source.type} provider's `)),
    noColour,
  ];
}

/** For roff: backslashes, hyphens that are meant as such, and no control character at a line's start. */
function text(plain: string): string {
  const escaped = plain.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
