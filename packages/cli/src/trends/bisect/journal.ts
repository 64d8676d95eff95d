import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash, randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { z } from "zod";
import { keepOutOfCommits } from "../../run/local-state.ts";

const headerSchema = z.strictObject({ version: z.literal(1), id: z.string().regex(/^[0-9a-f]{16}$/), about: z.string() });
const entrySchema = z.strictObject({
  key: z.string(),
  value: z.number().optional(),
  problem: z.string().optional(),
});
export type JournalEntry = z.infer<typeof entrySchema>;

/** What a search has measured so far, kept so that it can be taken up where it was killed. */
export class Journal {
  readonly path: string;
  readonly id: string;
  readonly #entries = new Map<string, JournalEntry>();

  /**
   * @param about what decides whether a journal that is there is of this search
   * @param isFresh whether one that is there is not used
   */
  constructor(root: string, about: unknown, isFresh: boolean) {
    const text = JSON.stringify(about);
    const folder = join(root, ".shardwright", "bisect");
    this.path = join(folder, `${createHash("sha256").update(text).digest("hex").slice(0, 16)}.jsonl`);
    const found = isFresh ? undefined : read(this.path, text);
    if (found !== undefined) {
      this.id = found.id;
      for (const entry of found.entries) this.#entries.set(entry.key, entry);
      return;
    }
    this.id = randomBytes(8).toString("hex");
    mkdirSync(folder, { recursive: true });
    keepOutOfCommits(dirname(folder));
    writeFileSync(this.path, `${JSON.stringify({ version: 1, id: this.id, about: text })}\n`);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): JournalEntry | undefined {
    return this.#entries.get(key);
  }

  add(entry: JournalEntry): void {
    this.#entries.set(entry.key, entry);
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
  }

  /** It came to its end: the next search begins anew. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** The last line may be half of one. */
function read(path: string, about: string): { readonly id: string; readonly entries: JournalEntry[] } | undefined {
  if (!existsSync(path)) return undefined;
  const [first, ...rest] = readFileSync(path, "utf8").split("\n").map(parsed);
  const header = headerSchema.safeParse(first);
  if (!header.success || header.data.about !== about) return undefined;
  const entries = rest.flatMap((line) => entrySchema.safeParse(line).data ?? []);
  // What is added must not be joined to half a line.
  const lines = [header.data, ...entries].map((one) => `${JSON.stringify(one)}\n`);
  writeFileSync(path, lines.join(""));
  return { id: header.data.id, entries };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
