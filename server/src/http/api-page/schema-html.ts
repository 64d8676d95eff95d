import { escapeHtml } from "@shardwright/core";

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

/** What is deeper in a schema than that is left to the file. */
const deepest = 6;
/** Words that a choice shows. */
const choicesShown = 30;
/** Numbers that mean no bound: the least and greatest that JavaScript counts exactly. */
const unbounded = Number.MAX_SAFE_INTEGER;

/** A JSON schema as nested lists, for people. */
export function schemaHtml(schema: unknown, depth = 0): string {
  const shown = (schema ?? {}) as Schema;
  const choices = shown.oneOf ?? shown.anyOf;
  if (choices !== undefined)
    return `one of <ul>${choices.map((choice) => `<li>${schemaHtml(choice, depth + 1)}</li>`).join("")}</ul>`;
  if (shown.const !== undefined) return valueHtml(shown.const);
  if (shown.enum !== undefined)
    return `${shown.enum.slice(0, choicesShown).map(valueHtml).join(" | ")}${shown.enum.length > choicesShown ? " | …" : ""}${defaultOf(shown)}`;
  if (shown.items !== undefined) return `list${boundsOf(shown)} of ${schemaHtml(shown.items, depth)}`;
  if (shown.properties !== undefined) {
    if (depth >= deepest) return "object, see the file";
    const required = new Set(shown.required);
    const rows = Object.entries(shown.properties).map(
      ([name, property]) =>
        `<li>${wordHtml(name)}${required.has(name) ? "" : " <small>optional</small>"} ${schemaHtml(property, depth + 1)}</li>`,
    );
    return `object<ul>${rows.join("")}</ul>`;
  }
  if (typeof shown.additionalProperties === "object") return `map to ${schemaHtml(shown.additionalProperties, depth + 1)}`;
  const type = typeof shown.type === "string" ? shown.type : (shown.type?.join(" or ") ?? "anything");
  return `${escapeHtml(type)}${boundsOf(shown)}${defaultOf(shown)}`;
}

function boundsOf({ minimum, maximum, minLength, maxLength, maxItems }: Schema): string {
  const low = minimum ?? minLength;
  const high = maximum ?? maxLength ?? maxItems;
  const words = [
    ...(low === undefined || Math.abs(low) >= unbounded ? [] : [`from ${low}`]),
    ...(high === undefined || Math.abs(high) >= unbounded ? [] : [`up to ${high}`]),
  ];
  return words.length === 0 ? "" : ` <small>${words.join(" ")}</small>`;
}

function defaultOf({ default: usual }: Schema): string {
  return usual === undefined ? "" : ` <small>default ${valueHtml(usual)}</small>`;
}

function valueHtml(value: unknown): string {
  return wordHtml(typeof value === "string" ? value : JSON.stringify(value));
}

function wordHtml(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}
