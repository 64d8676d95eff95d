/**
 * The environment of what serves all slots of a machine: without what tells them apart, and without what the command that lists the files
 * has for itself.
 */
export function sharedEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  const shared = Object.entries(environment).filter(([name]) => name === "SHARDWRIGHT_NODE" || !/^SHARDWRIGHT/i.test(name));
  return { ...Object.fromEntries(shared.toSorted(([left], [right]) => (left < right ? -1 : 1))), SHARDWRIGHT: "1" };
}
