import type { Engine, LaunchOptions } from "../browser.ts";

/** What Playwright switches on by itself. The last `--enable-features` is the only one that counts, so ours has to repeat it. */
const playwrightsFeatures = ["CDPScreenshotNewSurface"];
const featuresSwitch = "--enable-features=";

export type SwitchOptions = Pick<LaunchOptions, "softwareWebGpu" | "webNn" | "switches">;

/** The command line of a browser of Chromium's family. Features are all in one switch: a second one would replace the first. */
export function chromiumSwitches({ softwareWebGpu, webNn, switches = [] }: SwitchOptions): string[] {
  const features = new Set([
    ...playwrightsFeatures,
    ...(webNn === true ? ["WebMachineLearningNeuralNetwork"] : []),
    ...switches.filter(isOfFeatures).flatMap((text) => text.slice(featuresSwitch.length).split(",")),
  ]);
  return [
    // Without it there is no adapter where the GPU is on Chromium's blocklist, and none of software.
    "--enable-unsafe-webgpu",
    ...(softwareWebGpu === true ? ["--use-webgpu-adapter=swiftshader"] : []),
    "--disable-quic",
    ...switches.filter((text) => !isOfFeatures(text)),
    `${featuresSwitch}${[...features].filter((feature) => feature !== "").join(",")}`,
  ];
}

/** The preferences of a Firefox. It has WebGPU behind a switch where it is not finished, and a blocklist. */
export function firefoxPreferences(): Record<string, boolean> {
  return { "dom.webgpu.enabled": true, "gfx.webgpu.ignore-blocklist": true };
}

/** Everything about how a browser is started that may change what it can do, in one line. */
export function startedWith(engine: Engine, options: SwitchOptions & Pick<LaunchOptions, "headed">): string {
  const mode = options.headed === true ? "headed" : "headless";
  if (engine === "chromium") return [mode, ...chromiumSwitches(options)].join(" ");
  return engine === "firefox" ? `${mode} ${JSON.stringify(firefoxPreferences())}` : mode;
}

function isOfFeatures(text: string): boolean {
  return text.startsWith(featuresSwitch);
}
