import { type CiProvider, detectEnvironment, detectProvider, neutraliseCommands, providers } from "@shardwright/ci";
import { afterEach, expect, test } from "vitest";
import { faultSentence } from "./faults.ts";
import { useProviders } from "./isolated-provider.ts";
import { entriesOf, loadPlugins } from "./load.ts";
import { definePlugin } from "./plugin.ts";
import { coordinatorPlugin } from "./built-in.ts";

const env = { CI: "true", GITHUB_ACTIONS: "true", GITHUB_SHA: "abc1234", OURS: "yes" };
let told: string[] = [];
let release = () => {};
afterEach(() => {
  release();
  told = [];
});

async function use(changes: Partial<CiProvider>): Promise<void> {
  const [github] = providers;
  if (github === undefined) throw new Error("no provider");
  const provider: CiProvider = { ...github, name: "ours", detect: ({ OURS }) => OURS === "yes", ...changes };
  const plugin = definePlugin({ name: "p", version: "1.0.0", setup: (api) => api.provider(provider) });
  const plugins = await loadPlugins(entriesOf([plugin]), { version: "0.1.0", root: "/" }, [coordinatorPlugin]);
  plugins.onFault((fault) => void told.push(faultSentence(fault)));
  release = useProviders(plugins);
}

test("a plugin's CI system is looked for before those that come with Shardwright, until it is given up", async () => {
  await use({ describe: () => ({ context: { provider: "ours", commit: "def5678" } }) });
  expect(detectEnvironment(env)).toMatchObject({ provider: "ours", context: { commit: "def5678" } });
  expect(detectProvider({ GITHUB_ACTIONS: "true" }).name).toBe("github");
  release();
  expect(detectProvider(env).name).toBe("github");
});

test("a provider that fails, or says what no coordinator would take, costs no run", async () => {
  await use({
    describe: () => ({ context: { commit: 7 } as never }),
    log: {
      group: () => ({ open: "", close: "" }),
      neutralise: () => {
        throw new Error("no pattern");
      },
    },
  });
  expect(detectEnvironment(env)).toEqual({ provider: "ours", context: { provider: "ours" } });
  expect(neutraliseCommands("ours", "text")).toBe("text");
  expect(told).toEqual([
    expect.stringMatching(
      /^The plugin p failed in the provider ours: context: commit: .*The run goes without what it would have said\.$/,
    ),
  ]);
});

test.each<[string, CiProvider["detect"]]>([
  [
    "throws",
    () => {
      throw new Error("no env");
    },
  ],
  ["promises", (async () => true) as never],
])("one whose detection %s is no job's", async (_, detect) => {
  await use({ detect });
  expect(detectProvider(env).name).toBe("github");
  expect(told.join()).toContain("It counts as not detected.");
});
