import type { Option, Command } from "commander";
import { ShardwrightError } from "@shardwright/core";
import type { CommandContext } from "../command-line.ts";

const shells = ["bash", "zsh", "fish"] as const;

/** `shardwright completion SHELL`: a script that knows every command and flag, made from the command line itself. */
export function registerCompletion(program: Command, context: CommandContext): void {
  program
    .command("completion <shell>")
    .description("print a completion script for bash, zsh or fish")
    .addHelpText("after", "\nExample:\n  $ shardwright completion bash >> ~/.bashrc")
    .action((shell: string) => {
      const words = wordsOf(program);
      if (shell === "bash" || shell === "zsh") context.stdout.write(bashScript(words, shell === "zsh"));
      else if (shell === "fish") context.stdout.write(fishScript(words));
      else
        throw new ShardwrightError("usage", {
          problem: `There is no completion for ${shell}.`,
          remedy: `Use one of ${shells.join(", ")}.`,
        });
    });
}

/** What can follow each command: `""` for the program itself, `"runs cancel"` for a command below another. */
function wordsOf(program: Command): Map<string, string[]> {
  const words = new Map<string, string[]>();
  const visit = (command: Command, path: string) => {
    const flags = command.options.filter((option: Option) => !option.hidden).map((option) => option.long ?? option.short ?? "");
    words.set(path, [...command.commands.map((child) => child.name()), ...flags, "--help"]);
    for (const child of command.commands) visit(child, path === "" ? child.name() : `${path} ${child.name()}`);
  };
  visit(program, "");
  return words;
}

/** Zsh takes bash's completions once its own are set up; a new user's are not. */
const zshPrelude = `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
autoload -U +X bashcompinit && bashcompinit
`;

function bashScript(words: Map<string, string[]>, zsh: boolean): string {
  const commands = [...words.keys()].filter((path) => path !== "").map((path) => `"${path}"`);
  const cases = [...words].map(([path, choices]) => `    "${path}") choices="${choices.join(" ")}" ;;`).join("\n");
  return `${zsh ? zshPrelude : ""}_shardwright() {
  local path="" choices="" word
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "$word" in -*) break ;; esac
    case "\${path:+$path }$word" in ${commands.join(" | ")}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$choices" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _shardwright shardwright
`;
}

function fishScript(words: Map<string, string[]>): string {
  const lines = [...words].flatMap(([path, choices]) => {
    const condition =
      path === ""
        ? "__fish_use_subcommand"
        : path
            .split(" ")
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join("; and ");
    return choices.map((choice) =>
      choice.startsWith("--")
        ? `complete -c shardwright -n '${condition}' -l ${choice.slice(2)}`
        : `complete -c shardwright -f -n '${condition}' -a ${choice}`,
    );
  });
  return `${lines.join("\n")}\n`;
}
