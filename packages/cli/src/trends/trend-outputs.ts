import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, extname, relative, resolve } from "node:path";
import { ShardwrightError, reasonOf, trendCsv, trendHtml, trendJson, trendMarkdown, type TrendReport } from "@shardwright/core";
import type { CommandContext } from "../command-line.ts";
import { written } from "../report/merged-output.ts";
import { writeAllWhole } from "../run/reporters.ts";

const writers = {
  html: (report) => trendHtml(report),
  json: (report) => [trendJson(report)],
  md: (report) => [trendMarkdown(report)],
  csv: (report) => trendCsv(report),
} as const satisfies Record<string, (report: TrendReport) => Iterable<string>>;

type TrendFormat = keyof typeof writers;
export const trendFormats = Object.keys(writers) as readonly TrendFormat[];

/** Where a report goes, and as what; without a path to standard output. */
export interface TrendOutput {
  readonly format: TrendFormat;
  readonly path?: string;
}

const outputsLimit = 8;

/**
 * What `--output` and `--format` ask for: the format is what the file's name says where none is named. None of both is no output: the report is
 * told in the terminal then.
 * @throws ShardwrightError `usage` for a format that there is not, and for a place that cannot be written, before anything is asked for
 */
export function trendOutputs(
  { output = [], format }: { readonly output?: readonly string[]; readonly format?: string },
  { directory }: CommandContext,
): TrendOutput[] {
  if (format !== undefined && !isFormat(format))
    throw refusal(`There is no format ${format}.`, `Use one of ${trendFormats.join(", ")}.`);
  if (output.length > outputsLimit)
    throw refusal(`${output.length} outputs are more than the ${outputsLimit} there may be.`, "Name fewer.");
  if (output.length === 0) return format === undefined ? [] : [{ format }];
  const outputs = output.map((name): TrendOutput => {
    const ending = extname(name).slice(1).toLowerCase();
    const said = isFormat(ending) ? ending : undefined;
    const chosen = output.length === 1 ? (format ?? said) : (said ?? format);
    if (chosen === undefined)
      throw refusal(
        name === "-" ? "The format for standard output is not named." : `The ending of ${name} names no format.`,
        `Pass --format, one of ${trendFormats.join(", ")}.`,
      );
    return name === "-" ? { format: chosen } : { format: chosen, path: resolve(directory, name) };
  });
  const paths = outputs.map(({ path }) => path ?? "-");
  if (new Set(paths).size < paths.length) throw refusal("One output is named twice.", "Name each place once.");
  for (const { path } of outputs) if (path !== undefined) requireWritable(path);
  return outputs;
}

function isFormat(name: string): name is TrendFormat {
  return Object.hasOwn(writers, name);
}

/** Said before the points are read, which may take minutes. */
function requireWritable(path: string): void {
  const refuse = (reason: string) =>
    refusal(`${path} cannot be written: ${reason}.`, "Name a place you may write to with --output.");
  let place = path;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const isFolder = statSync(place).isDirectory();
  if (place === path && isFolder) throw refuse("it is a folder");
  if (place !== path && !isFolder) throw refuse(`${place} is no folder`);
  try {
    accessSync(isFolder ? place : dirname(place), constants.W_OK);
  } catch (error) {
    throw refuse(reasonOf(error));
  }
}

/** Writes all of them, each whole, or none; says on standard error where they are. */
export async function writeOutputs(report: TrendReport, outputs: readonly TrendOutput[], context: CommandContext): Promise<void> {
  const files = outputs.flatMap(({ format, path }) =>
    path === undefined ? [] : [{ path, write: () => writers[format](report) }],
  );
  const [first] = files;
  if (first !== undefined)
    written(first.path, "--output", () => {
      for (const { path } of files) mkdirSync(dirname(path), { recursive: true });
      writeAllWhole(files);
    });
  for (const { format } of outputs.filter(({ path }) => path === undefined))
    for (const piece of writers[format](report))
      if (!context.stdout.write(piece)) await new Promise((resolve) => context.stdout.once("drain", resolve));
  for (const { path } of files) context.stderr.write(`Wrote ${relative(context.directory, path) || path}\n`);
}

function refusal(problem: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy });
}
