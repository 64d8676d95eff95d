import { ShardwrightError } from "@shardwright/core";

/** What only a shell would understand. */
const shellWords = new Set(["|", "||", "&&", "&", ";", ">", ">>", "<", "2>", "2>&1"]);

type Split<T> = { readonly words: readonly T[] } | { readonly problem: string };

/**
 * Splits a command line into its arguments as a POSIX shell would, and does nothing else a shell does: single quotes keep everything,
 * double quotes and backslashes keep the next character. Gives the arguments, or says in a sentence what is wrong.
 */
export function splitCommand(line: string): Split<string> {
  const split = splitLine(line);
  if ("problem" in split) return { problem: `The command ${split.problem}.` };
  if (split.words.length === 0) return { problem: "The command is empty." };
  const operator = split.words.find(({ text, isQuoted }) => !isQuoted && shellWords.has(text));
  if (operator !== undefined)
    return { problem: `No shell runs the command, so ${operator.text} means nothing in it: write sh -c '…', or quote it.` };
  return { words: split.words.map(({ text }) => text) };
}

/**
 * The arguments in a text that is quoted as for a POSIX shell; none in an empty one.
 * @throws ShardwrightError `usage` for a quote that is never closed, or a backslash at the end
 */
export function splitWords(text: string): string[] {
  const split = splitLine(text);
  if ("words" in split) return split.words.map((word) => word.text);
  throw new ShardwrightError("usage", {
    problem: `The text ‘${text.slice(0, 200)}’ ${split.problem}.`,
    remedy: "Quote it as for a shell: 'two words' or two\\ words is one argument.",
  });
}

interface Word {
  readonly text: string;
  /** Some of it stood in quotes or behind a backslash. */
  readonly isQuoted: boolean;
}

function splitLine(line: string): Split<Word> {
  const words: Word[] = [];
  let text: string | undefined;
  let isQuoted = false;
  let quote = "";
  const finish = () => {
    if (text !== undefined) words.push({ text, isQuoted });
    text = undefined;
    isQuoted = false;
  };
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index] ?? "";
    if (quote === "'" || (quote === '"' && character !== "\\")) {
      if (character === quote) quote = "";
      else text = (text ?? "") + character;
    } else if (character === "\\") {
      const next = line[index + 1];
      if (next === undefined) return { problem: "ends in a backslash" };
      // Inside double quotes a backslash stands for itself before all but these.
      text = (text ?? "") + (quote === '"' && !/["\\$`]/.test(next) ? `\\${next}` : next);
      isQuoted = true;
      index += 1;
    } else if (character === "'" || character === '"') {
      quote = character;
      text ??= "";
      isQuoted = true;
    } else if (/\s/.test(character)) finish();
    else text = (text ?? "") + character;
  }
  if (quote !== "") return { problem: `has a ${quote} that is never closed` };
  finish();
  return { words };
}
