import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { evaluate, isTrue } from "./expressions.ts";

/** A template in `azure/`. */
export type TemplateName = "run" | "worker";

const parameterSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
    displayName: z.string().min(1),
    type: z.enum(["string", "number", "boolean"]),
    default: z.union([z.string(), z.number(), z.boolean()]).optional(),
    values: z.array(z.union([z.string(), z.number()])).optional(),
  })
  .refine(({ type, default: value }) => value === undefined || typeof value === type, "the default is of another type");

const common = {
  displayName: z.string(),
  condition: z.string().optional(),
  continueOnError: z.boolean().optional(),
};
const environment = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.union([z.string(), z.number()]));
const script = { ...common, workingDirectory: z.string(), env: environment.optional() };

/** The kinds of steps that our templates are made of, when their expressions are replaced. */
const stepSchema = z.union([
  z.strictObject({ bash: z.string(), ...script }),
  z.strictObject({ powershell: z.string(), ...script }),
  z.strictObject({ publish: z.string(), artifact: z.string().regex(/^[^\\/:*?"<>|]+$/), ...common }),
  z.strictObject({ task: z.string().regex(/^\w+@\d+$/), inputs: z.record(z.string(), z.string()), ...common }),
]);
export type Step = z.infer<typeof stepSchema>;

const templateSchema = z.strictObject({ parameters: z.array(parameterSchema), steps: z.array(z.unknown()) });

export function readTemplate(name: TemplateName): z.infer<typeof templateSchema> {
  const path = join(import.meta.dirname, "..", "..", "..", "azure", `${name}.yml`);
  return templateSchema.parse(parse(readFileSync(path, "utf8")));
}

/**
 * The steps that a template comes to with these parameters.
 * @throws Error for a parameter that is missing, of another type, or not there at all
 */
export function expandTemplate(name: TemplateName, given: Readonly<Record<string, unknown>>): Step[] {
  const template = readTemplate(name);
  const unknown = Object.keys(given).filter((key) => !template.parameters.some((parameter) => parameter.name === key));
  if (unknown.length > 0) throw new Error(`${name}.yml has no parameter ${unknown.join(", ")}`);
  const parameters = Object.fromEntries(
    template.parameters.map((parameter) => {
      const value = given[parameter.name] ?? parameter.default;
      if (value === undefined) throw new Error(`a value for ${parameter.name} must be given`);
      if (typeof value !== parameter.type) throw new Error(`${parameter.name} is no ${parameter.type}`);
      return [parameter.name, value];
    }),
  );
  return z.array(stepSchema).parse(expanded(template.steps, parameters));
}

const conditional = /^\$\{\{\s*if\s+(.*?)\s*\}\}$/;

function expanded(value: unknown, parameters: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === "string") return replaced(value, parameters);
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      const chosen = conditionalPart(item, parameters);
      if (chosen === undefined) return [expanded(item, parameters)];
      return chosen.holds ? expanded(chosen.part, parameters) : [];
    });
  }
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value).map(([key, part]) => {
    const condition = conditional.exec(key)?.[1];
    if (condition === undefined) return { [key]: expanded(part, parameters) };
    return isTrue(evaluate(condition, { parameters })) ? (expanded(part, parameters) as Record<string, unknown>) : {};
  });
  return Object.assign({}, ...parts) as unknown;
}

/** `- ${{ if … }}:` among a list's items, whose own items take its place. */
function conditionalPart(item: unknown, parameters: Readonly<Record<string, unknown>>) {
  if (typeof item !== "object" || item === null) return undefined;
  const [first, ...others] = Object.entries(item) as [string, unknown][];
  const condition = conditional.exec(first?.[0] ?? "")?.[1];
  if (first === undefined || condition === undefined || others.length > 0) return undefined;
  return { holds: isTrue(evaluate(condition, { parameters })), part: first[1] };
}

function replaced(text: string, parameters: Readonly<Record<string, unknown>>): unknown {
  const whole = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text)?.[1];
  if (whole !== undefined) return evaluate(whole, { parameters });
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_written, expression: string) => String(evaluate(expression, { parameters })));
}
