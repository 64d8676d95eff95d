/** What the agent takes for the end of a property or of a line, and what it takes in its stead; `%` has to come first. */
const escapes: readonly (readonly [string, string])[] = [
  ["%", "%AZP25"],
  [";", "%3B"],
  ["\r", "%0D"],
  ["\n", "%0A"],
  ["]", "%5D"],
];

function escaped(text: string): string {
  return escapes.reduce((whole, [token, replacement]) => whole.replaceAll(token, replacement), text);
}

/**
 * A line that the agent obeys; properties without a value are left out.
 * @param name `task.logissue`
 * @see https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/CommandStringConvertor.cs
 */
export function azureCommand(name: string, properties: Readonly<Record<string, string | undefined>>, data: string): string {
  const given = Object.entries(properties).flatMap(([key, value]) => (value ? [`${key}=${escaped(value)}`] : []));
  return `##vso[${name}${given.length > 0 ? ` ${given.join(";")}` : ""}]${escaped(data)}`;
}
