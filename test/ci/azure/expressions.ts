/** What an expression can refer to. */
export interface Scope {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** What has become of the job so far. */
  readonly status?: "succeeded" | "failed" | "canceled";
}

/**
 * The value of an expression of Azure Pipelines, as far as our templates use them.
 * @see https://learn.microsoft.com/azure/devops/pipelines/process/expressions
 * @throws Error for what they do not use
 */
export function evaluate(expression: string, scope: Scope): unknown {
  const tokens = expression.match(/'(?:[^']|'')*'|[A-Za-z_][\w.]*|-?\d+(?:\.\d+)?|[()[\],]|\S/g) ?? [];
  let at = 0;
  const expect = (token: string) => {
    if (tokens[at] !== token) throw new Error(`${token} is missing in ${expression}`);
    at += 1;
  };
  const value = (): unknown => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) throw new Error(`${expression} ends too early`);
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (/^-?\d/.test(token)) return Number(token);
    if (token === "true" || token === "false") return token === "true";
    if (token === "variables") {
      expect("[");
      const name = String(value());
      expect("]");
      return variableOf(scope.variables ?? {}, name) ?? "";
    }
    const parameter = /^parameters\.(\w+)$/.exec(token)?.[1];
    if (parameter !== undefined) {
      if (scope.parameters === undefined || !(parameter in scope.parameters))
        throw new Error(`there is no parameter ${parameter}`);
      return scope.parameters[parameter];
    }
    return call(token);
  };
  const call = (name: string): unknown => {
    expect("(");
    const values: unknown[] = [];
    while (tokens[at] !== ")") {
      if (values.length > 0) expect(",");
      values.push(value());
    }
    at += 1;
    return apply(name, values, scope);
  };
  const result = value();
  if (at !== tokens.length) throw new Error(`${tokens[at]} is too much in ${expression}`);
  return result;
}

function apply(name: string, values: readonly unknown[], { status = "succeeded" }: Scope): unknown {
  const [first, second] = values;
  switch (name.toLowerCase()) {
    case "eq":
      return isEqual(first, second);
    case "ne":
      return !isEqual(first, second);
    case "gt":
      return Number(first) > Number(second);
    case "and":
      return values.every(isTrue);
    case "or":
      return values.some(isTrue);
    case "not":
      return !isTrue(first);
    case "coalesce":
      return values.find((value) => value !== undefined && value !== null && value !== "") ?? "";
    case "succeeded":
      return status === "succeeded";
    case "succeededorfailed":
      return status !== "canceled";
    case "failed":
      return status === "failed";
    case "always":
      return true;
    default:
      throw new Error(`there is no function ${name} here`);
  }
}

export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "string" ? value !== "" : typeof value === "number" && value !== 0);
}

/** Texts are compared without regard to case. */
function isEqual(first: unknown, second: unknown): boolean {
  return String(first).toLowerCase() === String(second).toLowerCase();
}

/** Names are compared without regard to case. */
function variableOf(variables: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(variables).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/** Replaces `$(Name)`, once; what there is no variable for stays as it was written. */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\(([\w.]+)\)/g, (written, name: string) => variableOf(variables, name) ?? written);
}
