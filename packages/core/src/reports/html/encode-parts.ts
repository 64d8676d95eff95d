import type { FailureGroup } from "../groups.ts";

/** Strings that repeat, each kept once. */
export class Interned {
  readonly values: string[] = [];
  readonly #places = new Map<string, number>();

  placeOf(value: string): number {
    const known = this.#places.get(value);
    if (known !== undefined) return known;
    const place = this.values.push(value) - 1;
    this.#places.set(value, place);
    return place;
  }
}

/** Hands out room for texts until it is used up. */
export class TextBudget {
  #left: number;

  constructor(limit_characters: number) {
    this.#left = limit_characters;
  }

  /** The beginning of a text, as much as there is room for. */
  start(text: string | undefined): string | undefined {
    if (text === undefined || text === "") return undefined;
    const room = this.#take(text.length);
    if (room >= text.length) return text;
    return `${text.slice(0, room).toWellFormed()}\n… ${text.length - room} more characters, left out to keep this page small`;
  }

  /** The end of a text, at most `most` characters: of a log, the end tells. */
  end(text: string | undefined, most: number): string | undefined {
    if (text === undefined || text === "") return undefined;
    const room = this.#take(Math.min(text.length, most));
    if (room >= text.length) return text;
    const kept = room === 0 ? "" : text.slice(-room).toWellFormed();
    return `… ${text.length - room} characters before this, left out to keep this page small\n${kept}`;
  }

  /** Takes room for something that is whole or nothing. @returns whether there was enough */
  holds(characters: number): boolean {
    if (characters > this.#left) return false;
    this.#left -= characters;
    return true;
  }

  #take(wanted: number): number {
    const taken = Math.min(wanted, this.#left);
    this.#left -= taken;
    return taken;
  }
}

/** The place of each fault's group, by "task.case", or "task." for the task itself. */
export function causesOf(groups: readonly FailureGroup[]): ReadonlyMap<string, number> {
  const causes = new Map<string, number>();
  for (const [place, group] of groups.entries()) {
    for (const fault of group.faults) causes.set(`${fault.task_index}.${fault.case_index ?? ""}`, place);
  }
  return causes;
}
