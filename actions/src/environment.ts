type Environment = Readonly<Record<string, string | undefined>>;

/** What an action is given and a `run:` step is not: tests get what they would get there, and with it no way into other jobs' caches. */
const unshared = [
  "ACTIONS_RUNTIME_URL",
  "ACTIONS_RUNTIME_TOKEN",
  "ACTIONS_RESULTS_URL",
  "ACTIONS_CACHE_URL",
  "ACTIONS_CACHE_SERVICE_V2",
  "ACTIONS_CACHE_MODE",
  // What is written there is this action's to say.
  "GITHUB_ENV",
  "GITHUB_OUTPUT",
  "GITHUB_PATH",
  "GITHUB_STATE",
];

/** The environment for the command line: without the inputs, which hold secrets, and with those under the names that it knows. */
export function environmentFor(env: Environment, secrets: { readonly token: string; readonly apiKey: string }): Environment {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("INPUT_") && !unshared.includes(name));
  return {
    ...Object.fromEntries(kept),
    ...(secrets.token !== "" && { SHARDWRIGHT_CI_TOKEN: secrets.token }),
    ...(secrets.apiKey !== "" && { SHARDWRIGHT_API_KEY: secrets.apiKey }),
  };
}
