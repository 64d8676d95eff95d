const kinds = {
  string: (value, field) =>
    typeof value !== "string"
      ? "is not a text"
      : field.pattern !== undefined && !new RegExp(`^(?:${field.pattern})$`, "u").test(value)
        ? `does not match ${field.pattern}`
        : undefined,
  integer: (value, field) =>
    !Number.isSafeInteger(value)
      ? "is not a whole number"
      : value < (field.minimum ?? -Infinity) || value > (field.maximum ?? Infinity)
        ? "is out of range"
        : undefined,
  choice: (value, field) => (field.of.includes(value) ? undefined : `is not one of ${field.of.join(", ")}`),
};

/** The first thing wrong with a value, with its place: `value.lines[2].sku is missing`. Undefined when all is well. */
export function problemOf(value, field, place) {
  if (field.type === "list") {
    if (!Array.isArray(value)) return `${place} is not a list`;
    if (value.length < (field.minimum ?? 0)) return `${place} has fewer than ${field.minimum} entries`;
    return first(value.map((item, index) => () => problemOf(item, field.items, `${place}[${index}]`)));
  }
  if (field.type === "object") return problemOfObject(value, field.fields, place);
  const kind = kinds[field.type];
  if (kind === undefined) throw new Error(`${place}: unknown type ${field.type}`);
  const problem = kind(value, field);
  return problem === undefined ? undefined : `${place} ${problem}`;
}

function problemOfObject(value, fields, place) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `${place} is not an object`;
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return `${place}.${unknown} is unknown`;
  return first(
    Object.entries(fields).map(([name, field]) => () => {
      if (Object.hasOwn(value, name)) return problemOf(value[name], field, `${place}.${name}`);
      return field.optional === true ? undefined : `${place}.${name} is missing`;
    }),
  );
}

function first(checks) {
  for (const check of checks) {
    const problem = check();
    if (problem !== undefined) return problem;
  }
  return undefined;
}
