/** As much of an OpenAPI description as its page shows. */
export interface Document {
  readonly info: { readonly title: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
}

interface DescribedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly "x-scopes"?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: "path" | "query";
    readonly required: boolean;
    readonly schema: unknown;
  }[];
  readonly requestBody?: Required<Content>;
  readonly responses: Readonly<Record<string, Content>>;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operation: DescribedOperation;
}

/** The operations by the first word of their paths after the version, each group in the order of the table of routes. */
export function groupsOf({ paths }: Document): { readonly name: string; readonly operations: Operation[] }[] {
  const groups = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const name = path.replace(/^\/api\/v1/, "").split("/")[1] ?? "";
      groups.set(name, [...(groups.get(name) ?? []), { method, path, operation }]);
    }
  return [...groups].map(([name, operations]) => ({ name, operations })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What an operation is linked to by. */
export function idOf(operationId: string): string {
  return operationId.replace(/[^\w-]/g, "-");
}
