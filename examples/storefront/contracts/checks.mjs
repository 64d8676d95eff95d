import { problemOf } from "./fields.mjs";

/** The checks that a contract asks for: its form, its examples, and that it would notice a missing field. */
export function checksOf(contract) {
  const { name, version, fields, examples = [], counterexamples = [] } = contract;
  if (typeof name !== "string" || typeof fields !== "object" || fields === null)
    throw new Error("a contract has a name and fields");
  return [
    { name: "has a version", check: () => (/^\d+\.\d+$/.test(version) ? undefined : `version ${version} is not like 1.0`) },
    { name: "has an example", check: () => (examples.length > 0 ? undefined : "no examples") },
    ...examples.map((example) => ({
      name: `example: ${example.title}`,
      skip: example.pending,
      check: () => problemOf(example.value, { type: "object", fields }, "value"),
    })),
    ...counterexamples.map((example) => ({
      name: `refuses: ${example.title}`,
      check: () => (problemOf(example.value, { type: "object", fields }, "value") === undefined ? "was accepted" : undefined),
    })),
    ...Object.entries(fields)
      .filter(([, field]) => field.optional !== true)
      .map(([field]) => ({ name: `misses ${field} when it is left out`, check: () => leftOut(field, fields, examples) })),
  ];
}

function leftOut(field, fields, examples) {
  for (const { value, title, pending } of examples) {
    if (pending !== undefined) continue;
    const { [field]: _, ...rest } = value;
    if (problemOf(rest, { type: "object", fields }, "value") === undefined) return `"${title}" is accepted without it`;
  }
  return undefined;
}
