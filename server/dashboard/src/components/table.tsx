import type { ComponentChildren } from "preact";

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Numbers stand on the right. */
  readonly isNumber?: boolean;
  /** Left out where there is little room. */
  readonly isMinor?: boolean;
}

interface TableProps<T> {
  /** What the table is of, for those who hear it. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string | number;
}

/** Rows of one kind. The first column names the row. Give it at most some hundreds, and page through more. */
export function Table<T>({ caption, columns, rows, keyOf }: TableProps<T>) {
  return (
    <div class="table-frame" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, ...column }) => (
              <th key={title} scope="col" class={classOf(column)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, cell, ...column }, index) =>
                index === 0 ? (
                  <th key={title} scope="row" class={classOf(column)}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} class={classOf(column)}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf({ isNumber = false, isMinor = false }: Pick<Column<unknown>, "isNumber" | "isMinor">): string | undefined {
  const names = [...(isNumber ? ["number"] : []), ...(isMinor ? ["minor"] : [])];
  return names.length === 0 ? undefined : names.join(" ");
}
