import { buildProgram, exitCodeMeanings } from "shardwright";
import type { Command } from "commander";

/** The command line's reference, made from its own help. */
export function cliPage(): string {
  const program = buildProgram({
    environment: {},
    directory: "/",
    stdout: process.stdout,
    stderr: process.stderr,
    exit: () => {},
  });
  const sections: string[] = [];
  const visit = (command: Command, path: string) => {
    sections.push(`## ${path}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`);
    for (const child of command.commands) visit(child, `${path} ${child.name()}`);
  };
  for (const command of program.commands) visit(command, `shardwright ${command.name()}`);
  const codes = exitCodeMeanings.map(({ code, meaning }) => `| ${code} | ${meaning} |`).join("\n");
  return `# Command line\n\nEach setting can be given as a flag, as the environment variable in brackets, or in \`shardwright.config.{ts,js,json,yml}\`, in this order.\n\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n${codes}\n\n${sections.join("\n")}`;
}

/** The help as the terminal shows it, examples included, at a fixed width. */
function helpOf(command: Command): string {
  let text = "";
  command.configureHelp({ helpWidth: 110 });
  command.configureOutput({
    writeOut: (chunk) => {
      text += chunk;
    },
  });
  command.outputHelp();
  return text.trim();
}
