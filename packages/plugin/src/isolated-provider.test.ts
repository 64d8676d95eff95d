import {
  type Channel,
  type CiProvider,
  type Publication,
  type Session,
  detectEnvironment,
  detectProvider,
  neutraliseCommands,
  providers,
  publish,
} from "@shardwright/ci";
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

async function use(changes: Partial<CiProvider>): Promise<CiProvider> {
  const [github] = providers;
  if (github === undefined) throw new Error("no provider");
  const provider: CiProvider = { ...github, name: "ours", detect: ({ OURS }) => OURS === "yes", ...changes };
  const plugin = definePlugin({ name: "p", version: "1.0.0", setup: (api) => api.provider(provider) });
  const plugins = await loadPlugins(entriesOf([plugin]), { version: "0.1.0", root: "/" }, [coordinatorPlugin]);
  plugins.onFault((fault) => void told.push(faultSentence(fault)));
  release = useProviders(plugins, { channel_ms: 20, live_ms: 20, identity_ms: 20 });
  return detectProvider(env);
}

const session: Session = {
  env,
  name: "tests",
  fetch: () => Promise.reject(new Error("nobody is there")),
  write: () => {},
  now_ms: () => 0,
  signal: new AbortController().signal,
};
const never = () => new Promise<never>(() => {});
const fails = (): never => {
  throw new Error("no disk");
};

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

test.each<[string, Partial<Channel>, string, string]>([
  ["hangs", { publish: never }, "failed", "it has not ended within 0.02 s (it is the plugin p's)"],
  ["throws", { publish: fails }, "failed", "no disk (it is the plugin p's)"],
  ["says what is no text", { publish: () => Promise.resolve(7 as never) }, "failed", "publish has to answer a text"],
  ["cannot say whether it is there", { unavailable: fails }, "unavailable", "the plugin p failed: no disk"],
  ["promises to say it", { unavailable: never as never }, "unavailable", "unavailable has to answer a text"],
])("a place that %s costs no run, and keeps nothing from the next one", async (_, changes, outcome, note) => {
  const shown: string[] = [];
  const channel: Channel = {
    name: "summary",
    title: "page",
    limits: "none",
    unavailable: () => undefined,
    publish: () => Promise.resolve(void shown.push("summary")),
    ...changes,
  };
  const good: Channel = {
    ...channel,
    name: "status",
    unavailable: () => undefined,
    publish: async () => void shown.push("status"),
  };
  const provider = await use({ channels: [channel, good] });
  const published = await publish(provider, {} as Publication, session);
  expect(published).toMatchObject([
    { outcome, note: expect.stringContaining(note) as string },
    { channel: { name: "status" }, outcome: "done" },
  ]);
  expect(shown).toEqual(["status"]);
});

const start = { run: "run-1", title: "Tests are running", commit: undefined, url: undefined };
const status = { progress: () => {}, close: () => Promise.resolve(), abandon: () => Promise.resolve() };

test.each<[string, CiProvider["startStatus"]]>([
  ["hangs", never],
  ["throws", fails],
])("a live status that %s at its start is given up", async (_, startStatus) => {
  const provider = await use({ startStatus });
  await expect(provider.startStatus?.(start, session)).rejects.toThrow();
  expect(told.join()).toContain("The plugin p failed in the status of the provider ours");
});

test.each<[string, () => never | Promise<never>]>([
  ["hangs", never],
  ["throws", fails],
])("one that %s while it goes on, or at its end, holds up nobody", async (_, call) => {
  const provider = await use({
    startStatus: () => Promise.resolve({ ...status, progress: () => void call(), close: call, abandon: call }),
  });
  const live = await provider.startStatus?.(start, session);
  live?.progress(1, 2, 0);
  await live?.close();
  await live?.abandon("over");
  expect(told).toHaveLength(1);
});

test("what it cannot say of the run behind the job, or of who the job is, it does not say", async () => {
  const provider = await use({
    describeTrigger: fails,
    identity: () => ({ title: "theirs", fetchIdToken: never }),
  });
  expect(provider.describeTrigger?.(env)).toBeUndefined();
  await expect(provider.identity?.(env, session.fetch)?.fetchIdToken("a")).rejects.toThrow(
    "The CI system gave no identity token: it has not ended within 0.02 s (the plugin p)",
  );
});
