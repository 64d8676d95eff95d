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

/**
 * Rows of one kind. The first column names the row. Give it at most some hundreds, and page through more. Where there is little room, cells
 * stand below each other, each behind its title: the roles are named because the style takes them away.
 */
export function Table<T>({ caption, columns, rows, keyOf }: TableProps<T>) {
  return (
    <div class="table-frame" role="group" aria-label={caption} tabIndex={0}>
      <table role="table">
        <caption class="unseen">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ title, ...column }) => (
              <th key={title} role="columnheader" scope="col" class={classOf(column)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map(({ title, cell, ...column }, index) =>
                index === 0 ? (
                  <th key={title} role="rowheader" scope="row" data-title={title} class={classOf(column)}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} role="cell" data-title={title} class={classOf(column)}>
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
