import { type CiDescription, type CiProvider, type IdentitySource, addProviders } from "@shardwright/ci";
import { matrixJobSchema, reasonOf, runContextSchema, ShardwrightError, type RunContext } from "@shardwright/core";
import { z } from "zod";
import { inTime } from "./in-time.ts";
import { isolatedChannel, isolatedStatus, providerLimits, type ProviderLimits } from "./isolated-channel.ts";
import type { Part } from "./part.ts";
import type { Plugins } from "./plugins.ts";
import { problemsOf } from "./shapes.ts";

const descriptionSchema = z.looseObject({
  context: runContextSchema,
  pipelineKey: z.string().min(1).max(200).optional(),
  job: matrixJobSchema.optional(),
});

/** From here on, this process looks for the plugins' CI systems before those that come with Shardwright. @returns what ends that */
export function useProviders(plugins: Plugins, limits: ProviderLimits = providerLimits): () => void {
  const own = plugins.parts("provider").filter(({ isBuiltIn }) => !isBuiltIn);
  return addProviders(own.map((part) => isolated(part, plugins, limits)));
}

/** A job must not fail because the one that describes it does. */
function isolated(part: Part<"provider">, plugins: Plugins, limits: ProviderLimits): CiProvider {
  const { plugin, name, value } = part;
  const attempt = <T>(call: () => T, otherwise: T, remedy: string): T => {
    try {
      return call();
    } catch (error) {
      plugins.fault({ plugin, where: `in the provider ${name}`, what: reasonOf(error), remedy });
      return otherwise;
    }
  };
  const nothing: CiDescription = { context: { provider: name } };
  const { capabilities, channels, log } = value;
  return {
    name,
    capabilities,
    channels: channels.map((channel) => isolatedChannel(channel, part, plugins, limits)),
    ...(value.startStatus && { startStatus: (start, session) => isolatedStatus(start, session, part, plugins, limits) }),
    ...(value.identity && {
      identity: (env, fetch) => {
        const source = attempt(() => value.identity?.(env, fetch), undefined, "The job shows nobody who it is.");
        return source && { title: source.title, fetchIdToken: (audience) => idToken(source, audience, plugin, limits) };
      },
    }),
    ...(value.describeTrigger && {
      describeTrigger: (env) =>
        attempt(() => checkedContext(value.describeTrigger?.(env)), undefined, "The job speaks for itself."),
    }),
    ...(value.triggerConclusion && {
      triggerConclusion: (env) =>
        attempt(() => value.triggerConclusion?.(env), undefined, "Nobody says how the other one ended."),
    }),
    log: {
      ...(log.mask && { mask: (secret) => attempt(() => log.mask?.(secret) ?? "", "", "The secret is not masked.") }),
      group: (...given) => attempt(() => log.group(...given), { open: `${given[0]}\n`, close: "" }, "The log is not folded."),
      neutralise: (text) => attempt(() => log.neutralise(text), text, "The text is printed as it is."),
    },
    detect: (env) => attempt(() => checkedBoolean(value.detect(env)), false, "It counts as not detected."),
    describe: (env) => attempt(() => checked(value.describe(env)), nothing, "The run goes without what it would have said."),
  };
}

/** What a coordinator would refuse must not reach it: the run would be refused with it. */
function checked(description: CiDescription): CiDescription {
  const { error } = descriptionSchema.safeParse(description);
  if (error !== undefined) throw new Error(problemsOf(error).slice(0, 3).join("; "));
  return description;
}

function checkedContext(context: RunContext | undefined): RunContext | undefined {
  return context && checked({ context }).context;
}

/** @throws ShardwrightError `identity-unavailable`, also where none comes */
async function idToken(
  source: IdentitySource,
  audience: string,
  plugin: string,
  { identity_ms }: ProviderLimits,
): Promise<string> {
  try {
    return await inTime(identity_ms, () => source.fetchIdToken(audience));
  } catch (error) {
    if (error instanceof ShardwrightError) throw error;
    throw new ShardwrightError("identity-unavailable", { reason: `${reasonOf(error)} (the plugin ${plugin})` }, { cause: error });
  }
}

/** A promise, for one, would pass for a yes. */
function checkedBoolean(answer: unknown): boolean {
  if (typeof answer !== "boolean") throw new Error("detect has to answer true or false");
  return answer;
}
