import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** An action as its `action.yml` describes it. */
export interface ActionFile {
  readonly name: string;
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required?: boolean; readonly default?: string }>
  >;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: { readonly using: string; readonly main: string; readonly post?: string; readonly "post-if"?: string };
}

export function readAction(folder: string): ActionFile {
  return parse(readFileSync(join(folder, "action.yml"), "utf8")) as ActionFile;
}

type Contexts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * The environment's variables of an action's inputs. What is not given gets its default, in which the runner knows the contexts `github`,
 * `strategy`, `matrix`, `job` and `runner`; that one is required it does not enforce, and an unknown one is a warning.
 */
export function inputVariables(
  action: ActionFile,
  given: Readonly<Record<string, string>>,
  contexts: Contexts,
): { variables: Record<string, string>; warnings: string[] } {
  const variables: Record<string, string> = {};
  const warnings: string[] = [];
  // Spaces become underscores, dashes stay.
  const variable = (name: string) => `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
  for (const [name, { default: text = "" }] of Object.entries(action.inputs))
    variables[variable(name)] = evaluate(text, contexts);
  for (const [name, value] of Object.entries(given)) {
    if (variables[variable(name)] === undefined) warnings.push(`Unexpected input(s) '${name}'`);
    variables[variable(name)] = value;
  }
  return { variables, warnings };
}

function evaluate(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{\s*(\w+)\.([\w-]+)\s*\}\}/g, (_whole, context: string, name: string) => {
    if (contexts[context] === undefined) throw new Error(`Unrecognized named-value: '${context}'`);
    return contexts[context][name] ?? "";
  });
}
