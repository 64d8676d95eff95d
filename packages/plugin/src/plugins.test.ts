import { afterEach, expect, test } from "vitest";
import { type PluginFault, faultSentence } from "./faults.ts";
import { hookLimits } from "./hook-queue.ts";
import type { Hooks } from "./hooks.ts";
import { entriesOf, loadPlugins } from "./load.ts";
import { definePlugin, type Plugin, type PluginApi } from "./plugin.ts";
import type { Plugins, PluginsOptions } from "./plugins.ts";
import { coordinatorPlugin } from "./built-in.ts";

const version = "0.1.0";
const run = "r-0123456789abcdef";
const ended: Hooks["runEnded"] = { run, at_ms: 1, verdict: "passed", reason: "1 passed" };
const opened: Plugins[] = [];
let told: string[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((plugins) => plugins.close()));
  told = [];
});

function plugin(name: string, setup: Plugin["setup"], more: Partial<Plugin> = {}): Plugin {
  return definePlugin({ name, version: "1.0.0", setup, ...more });
}

async function load(plugins: readonly Plugin[], options: Partial<PluginsOptions> = {}): Promise<Plugins> {
  const loaded = await loadPlugins(entriesOf(plugins), { version, root: "/", ...options }, [coordinatorPlugin]);
  opened.push(loaded);
  loaded.onFault((fault: PluginFault) => void told.push(faultSentence(fault)));
  return loaded;
}

const policy = (name: string) => ({ name, choose: () => undefined });
const forever = () => new Promise<never>(() => {});

test("what comes with Shardwright is registered as a plugin's parts are, and a plugin's part of the same name takes its place", async () => {
  const plain = await load([]);
  expect(plain.part("dealingPolicy", "longest-first")).toMatchObject({ plugin: "shardwright", isBuiltIn: true });
  expect(plain.parts("recoveryStrategy").map(({ name }) => name)).toEqual(["progressive", "aggressive", "minimal"]);
  const mine = policy("longest-first");
  const replaced = await load([plugin("mine", (api) => api.dealingPolicy(mine))]);
  expect(replaced.part("dealingPolicy", "longest-first")?.value).toBe(mine);
});

test("a plugin that throws in setup, or never ends it, is named and left out, and the others are used", async () => {
  const plugins = await load(
    [
      plugin("thrower", (api) => {
        api.dealingPolicy(policy("half-done"));
        throw new Error("no disk");
      }),
      plugin("sleeper", forever),
      plugin("good", (api) => api.dealingPolicy(policy("good"))),
    ],
    { setup_ms: 20 },
  );
  expect(told).toEqual([
    "The plugin thrower failed in setup: no disk. Nothing of it is used.",
    "The plugin sleeper failed in setup: it has not ended within 0.02 s. Nothing of it is used.",
  ]);
  expect(plugins.part("dealingPolicy", "half-done")).toBeUndefined();
  expect(plugins.part("dealingPolicy", "good")).toBeDefined();
  expect(plugins.all.map(({ name, problem }) => [name, problem])).toContainEqual(["thrower", "no disk"]);
});

test("parts of a wrong shape, unknown hooks, and what comes after setup are refused, with the field's name", async () => {
  let late: PluginApi | undefined;
  await load([
    plugin("shape", (api) => api.dealingPolicy({ name: "Not So", choose: "no" } as never)),
    plugin("hook", (api) => api.on("runStarted" as never, () => {})),
    plugin("twice", (api) => {
      api.dealingPolicy(policy("one"));
      api.dealingPolicy(policy("one"));
    }),
    plugin("late", (api) => void (late = api)),
  ]);
  expect(told).toEqual([
    "The plugin shape failed in setup: name: use lower case and dashes; choose: it must be a function. Nothing of it is used.",
    "The plugin hook failed in setup: there is no hook runStarted. Nothing of it is used.",
    "The plugin twice failed in setup: it registers the dealing policy one twice. Nothing of it is used.",
  ]);
  expect(() => late?.dealingPolicy(policy("late"))).toThrow("in setup, and not later");
});

test("all that is wrong with what was given is said at once: no plugin, another version, a name that is taken", async () => {
  const nothing = () => {};
  const loading = load([
    "elsewhere" as never,
    plugin("old", nothing, { shardwright: "^2.3" }),
    plugin("odd", nothing, { shardwright: "latest", version: "one" }),
    plugin("same", nothing),
    plugin("same", nothing),
    plugin("shardwright", nothing),
  ]);
  await expect(loading).rejects.toMatchObject({ code: "config-invalid" });
  const { message } = await loading.then(
    () => new Error("it was taken"),
    (error: Error) => error,
  );
  expect(message.split("\n").slice(1)).toEqual([
    "  plugins.0: it is no plugin: use definePlugin({ … })",
    "  plugins.1: old 1.0.0 was written for Shardwright ^2.3, and this is 0.1.0: use another version of one of them",
    "  plugins.2: version: one is no version such as 1.0.0",
    "  plugins.2: shardwright: latest is no range of versions such as ^0.1",
    "  plugins.4: a plugin same is there already (plugins.3): each needs a name of its own",
    "  plugins.5: a plugin shardwright is there already (what comes with Shardwright): each needs a name of its own",
  ]);
  const both = [plugin("a", (api) => api.dealingPolicy(policy("p"))), plugin("b", (api) => api.dealingPolicy(policy("p")))];
  await expect(load(both)).rejects.toThrow("a and b both bring a dealing policy p");
});

test("a plugin written for this version, or for a range that it lies in, is taken", async () => {
  const nothing = () => {};
  const ranges = ["^0.1", "0.1.0", ">=0.1 <2", "*"];
  const plugins = await load(ranges.map((shardwright, index) => plugin(`p${index}`, nothing, { shardwright })));
  expect(plugins.all).toHaveLength(ranges.length + 1);
});

test("hooks are called in order, one after the other, each with a copy of its own", async () => {
  const seen: string[] = [];
  let gate = Promise.withResolvers<void>();
  const plugins = await load([
    plugin("slow", (api) => {
      api.on("runSubmitted", async () => {
        seen.push("slow begins");
        await gate.promise;
        seen.push("slow ends");
      });
      api.on("runEnded", (event) => {
        seen.push(`slow ${event.reason}`);
        (event as { reason: string }).reason = "forged";
      });
    }),
    plugin("other", (api) => api.on("runEnded", ({ reason }) => void seen.push(`other ${reason}`))),
  ]);
  const known = { ...ended };
  plugins.emit("runSubmitted", () => ({ run, at_ms: 0, project: "p", run_key: "k", context: {}, suites: [], tasks: 1 }));
  plugins.emit("runEnded", () => known);
  await new Promise(setImmediate);
  // One that waits holds up nobody but itself.
  expect(seen).toEqual(["slow begins", "other 1 passed"]);
  gate.resolve();
  await plugins.close();
  expect(seen).toEqual(["slow begins", "other 1 passed", "slow ends", "slow 1 passed"]);
  expect(known.reason).toBe("1 passed");
});

test("an event is not even made where nobody wants it", async () => {
  const plugins = await load([plugin("other", (api) => api.on("runEnded", () => {}))]);
  plugins.emit("workerLost", () => {
    throw new Error("made");
  });
});

test("a handler that throws is named, once a run, and the next one is called", async () => {
  const seen: string[] = [];
  const plugins = await load([
    plugin("thrower", (api) => {
      api.on("runEnded", () => {
        throw new Error("out of paper");
      });
      api.on("runEnded", ({ run }) => void seen.push(run));
    }),
  ]);
  for (const each of [run, run, "r-another000000000"]) plugins.emit("runEnded", () => ({ ...ended, run: each }));
  await plugins.close();
  expect(seen).toEqual([run, run, "r-another000000000"]);
  expect(told).toEqual(Array(2).fill("The plugin thrower failed in the hook runEnded: out of paper. Nothing else is affected."));
});

test("a handler that hangs is waited for no longer than the limit, and its plugin's hooks are off after some in a row", async () => {
  let [calls, aborted] = [0, 0];
  const plugins = await load(
    [
      plugin("hanger", (api) => {
        api.on("runEnded", (_, signal) => {
          calls += 1;
          signal.addEventListener("abort", () => (aborted += 1));
          return forever();
        });
      }),
    ],
    { hooks: { ...hookLimits, handler_ms: 10, lateInRow: 3 } },
  );
  for (let count = 0; count < 10; count += 1) plugins.emit("runEnded", () => ended);
  await plugins.close();
  expect([calls, aborted]).toEqual([3, 3]);
  expect(told).toEqual([
    "The plugin hanger failed in the hook runEnded: it has not ended within 0.01 s. Nothing else is affected.",
    "The plugin hanger failed in its hooks: 3 in a row have not ended in time. They are called no more.",
  ]);
});

test("so many events wait for a plugin and no more, which is said", async () => {
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const plugins = await load(
    [
      plugin("slow", (api) =>
        api.on("runEnded", () => {
          calls += 1;
          return gate.promise;
        }),
      ),
    ],
    { hooks: { ...hookLimits, waiting: 4 } },
  );
  for (let count = 0; count < 10; count += 1) plugins.emit("runEnded", () => ended);
  gate.resolve();
  await plugins.close();
  expect(calls).toBe(4);
  expect(told.join()).toContain("4 events wait for its hooks already. Further ones are left out until it has caught up");
});

test("notifiers and metric sources that fail keep nobody else's from coming", async () => {
  const sent: string[] = [];
  const plugins = await load([
    plugin("bad", (api) => {
      api.notifier({ name: "bad", send: () => Promise.reject(new Error("no line")) });
      api.metricSource({ name: "bad", read: () => [{ name: "X", help: "x", type: "gauge", value: 1 }] });
    }),
    plugin("good", (api) => {
      api.notifier({ name: "good", send: async ({ title }) => void sent.push(title) });
      api.metricSource({ name: "good", read: async () => [{ name: "left", help: "Left.", type: "gauge", value: 3 }] });
    }),
  ]);
  const report = { run: { id: run } } as never;
  expect(await plugins.notify({ title: "one failed", text: "", report })).toMatchObject([
    { notifier: "bad", error: new Error("no line") },
    { notifier: "good" },
  ]);
  expect(sent).toEqual(["one failed"]);
  expect(await plugins.metrics()).toMatchObject([
    { source: "bad", metrics: [] },
    { source: "good", metrics: [{ name: "left", value: 3 }] },
  ]);
  expect(told).toEqual([
    "The plugin bad failed in the notifier bad: no line. Nobody was told by it.",
    "The plugin bad failed in the metric source bad: 0: name: use lower case, digits and underscores. Its figures are left out.",
  ]);
});
