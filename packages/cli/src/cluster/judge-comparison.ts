import { type Comparison, plural } from "@shardwright/core";

export interface Judgement {
  /** Lines for people. */
  readonly text: string;
  /** Ids of members whose tables are unlike those of most. */
  readonly differing: readonly string[];
  /** Ids of members that gave no answer. */
  readonly silent: readonly string[];
}

/** Whether the tables of all members are the same; if not, whose are unlike those of most, and which tables that are. */
export function judgeComparison({ cluster, members }: Comparison): Judgement {
  const read = members.flatMap(({ id, digest }) => (digest === undefined ? [] : [{ id, digest }]));
  const groups = [...Map.groupBy(read, ({ digest }) => `${digest.entry} ${digest.sha256}`).values()];
  const [most] = groups.toSorted((one, other) => other.length - one.length);
  const [model] = most ?? [];
  const lines = members.map(({ id, address, digest, problem }) => {
    if (digest === undefined) return `  ${id}  ${address}  not compared: ${problem ?? "it does not say why"}`;
    const unlike = model === undefined ? [] : differencesOf(digest, model.digest);
    const said = unlike.length === 0 ? "equal" : `differs in ${unlike.join(", ")}`;
    return `  ${id}  ${address}  ${digest.sha256.slice(0, 16)}  ${said}`;
  });
  const differing = read.filter(({ id }) => most?.some((each) => each.id === id) !== true).map(({ id }) => id);
  const silent = members.filter(({ digest }) => digest === undefined).map(({ id }) => id);
  const where = model === undefined ? "" : ` after entry ${model.digest.entry}, fact ${model.digest.position}`;
  const rows = model?.digest.tables.reduce((sum, table) => sum + table.rows, 0) ?? 0;
  const head = `Cluster ${cluster}: the tables of ${plural(read.length, "member")}${where}, ${plural(rows, "row")} each.`;
  return { text: [head, ...lines].join("\n"), differing, silent };
}

type Digest = NonNullable<Comparison["members"][number]["digest"]>;

function differencesOf(one: Digest, other: Digest): string[] {
  if (one.entry !== other.entry) return [`the entry, ${one.entry}`];
  const names = new Set([...one.tables, ...other.tables].map(({ name }) => name));
  const sha256 = ({ tables }: Digest, name: string) => tables.find((table) => table.name === name)?.sha256;
  return [...names].filter((name) => sha256(one, name) !== sha256(other, name));
}
