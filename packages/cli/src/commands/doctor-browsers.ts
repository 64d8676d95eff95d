import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import type { SurveyedBrowser } from "@shardwright/browsers";
import type { Command } from "commander";
import { Option } from "commander";
import { exitCodes } from "../exit-codes.ts";
import type { CommandContext } from "../command-line.ts";
import { chooseColors, columnsOf, printableLine, type Colors } from "../view/text.ts";

/** `shardwright doctor browsers`: which browsers are here, which of them start, and what each can do. */
export function registerDoctorBrowsers(doctor: Command, context: CommandContext): void {
  doctor
    .command("browsers")
    .description("find this machine's browsers, start each, and say what it can do")
    .addOption(new Option("--json", "print one JSON object"))
    .addOption(new Option("--cached", "believe what is known from an earlier start, as workers do"))
    .addHelpText("after", "\nExample:\n  $ SHARDWRIGHT_BROWSERS=edge=/opt/edge/msedge shardwright doctor browsers")
    .action(async (_options: unknown, command: Command) => {
      const { json = false, cached = false } = command.opts<{ json?: boolean; cached?: boolean }>();
      const { surveyBrowsers } = await import("@shardwright/browsers");
      const { environment, stdout } = context;
      const { browsers, rejected } = await surveyBrowsers({ environment, fresh: !cached });
      const usable = browsers.filter(({ result }) => result.started).length;
      context.exit(usable === 0 ? exitCodes.usage : 0);
      if (json) {
        const found = browsers.map(({ browser, result }) => ({ ...browser, ...result }));
        return void stdout.write(`${JSON.stringify({ browsers: found, rejected })}\n`);
      }
      const colors = chooseColors(stdout.isTTY, environment);
      const rejections = rejected.map(({ executable, reason }) => `${colors.yellow("!")} ${executable}: ${reason}`);
      const none =
        "No browser was found. Install one, or name it: SHARDWRIGHT_BROWSERS=/path/to/it, several separated as in PATH.";
      const text = [
        ...(browsers.length === 0 ? [none] : table(browsers, colors)),
        ...browsers.flatMap((each) => lackOf(each, colors)),
        ...browsers.flatMap(({ browser }) => shellOf(browser, colors)),
        ...rejections,
      ];
      const { provider } = detectEnvironment(environment);
      stdout.write(neutraliseCommands(provider, `${text.map((line) => line.trimEnd()).join("\n")}\n`));
    });
}

const columns = ["browser", "version", "channel", "webgpu", "webnn", "webgl2", "wasm", "codecs", "path"] as const;
type Row = Record<(typeof columns)[number], string>;

/** One line a browser; what it lacks is said below. */
function table(browsers: readonly SurveyedBrowser[], colors: Colors): string[] {
  const head = Object.fromEntries(columns.map((column) => [column, column])) as Row;
  const rows = browsers.map(rowOf);
  const widths = columns.map((column) => Math.max(...[head, ...rows].map((row) => columnsOf(row[column]))));
  const line = (row: Row) =>
    columns.map((column, index) => row[column] + " ".repeat((widths[index] ?? 0) - columnsOf(row[column]))).join("  ");
  return [
    `  ${colors.bold(line(head))}`,
    ...rows.map((row, index) => `${browsers[index]?.result.started === true ? colors.green("✓") : colors.red("✗")} ${line(row)}`),
  ];
}

function rowOf({ browser, result }: SurveyedBrowser): Row {
  const { kind, version, channel, executable } = browser;
  const known = { browser: kind, version, channel, path: printableLine(executable) };
  if (!result.started) return { ...known, webgpu: "–", webnn: "–", webgl2: "–", wasm: "–", codecs: "–" };
  const { webgpu, webnn, webgl2, wasm, codecs } = result.capabilities;
  const devices = Object.entries(webnn).flatMap(([device, { available }]) => (available ? [device] : []));
  const features = Object.entries(wasm).flatMap(([feature, { available }]) => (available ? [feature] : []));
  return {
    ...known,
    webgpu: webgpu.available ? (webgpu.software ? "software" : "hardware") : "no",
    webnn: devices.join(" ") || "no",
    webgl2: webgl2.available ? (/swiftshader|llvmpipe/i.test(webgl2.renderer) ? "software" : "yes") : "no",
    wasm: features.join(" ") || "no",
    codecs: codecs.join(" ") || "none",
  };
}

function shellOf({ kind, version, headlessShell }: SurveyedBrowser["browser"], colors: Colors): string[] {
  if (headlessShell === undefined) return [];
  const path = printableLine(headlessShell);
  return [`  ${colors.dim(`${kind} ${version}: tests that need no GPU and measure nothing run in its headless shell, ${path}`)}`];
}

/** Why it did not start, or why it lacks what it lacks. */
function lackOf({ browser: { kind, version }, result }: SurveyedBrowser, colors: Colors): string[] {
  const name = `${kind} ${version}`;
  if (!result.started) return [`${colors.red("✗")} ${name} did not start: ${printableLine(result.reason)}`];
  const { webgpu, webnn, webgl2, wasm } = result.capabilities;
  const parts = {
    webgpu,
    // One reason is enough where no device works.
    ...(Object.values(webnn).some(({ available }) => available) ? {} : { webnn: webnn.cpu }),
    webgl2,
    "wasm threads": wasm.threads,
    "wasm simd": wasm.simd,
  };
  return Object.entries(parts).flatMap(([part, found]) =>
    found.available ? [] : [`  ${colors.dim(`${name}, no ${part}: ${printableLine(found.reason)}`)}`],
  );
}
