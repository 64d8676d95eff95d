/** Reads CSV (RFC 4180). @throws SyntaxError with the line of a quote that never ends or stands inside a bare field. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      const opened = line;
      at += 1;
      for (;;) {
        if (at >= text.length) throw new SyntaxError(`line ${opened}: the quote never ends`);
        if (text[at] === '"' && text[at + 1] === '"') at += 1;
        else if (text[at] === '"') break;
        if (text[at] === "\n") line += 1;
        field += text[at];
        at += 1;
      }
      at += 1;
    } else {
      while (at < text.length && text[at] !== "," && text[at] !== "\n" && text[at] !== "\r") {
        if (text[at] === '"') throw new SyntaxError(`line ${line}: a quote inside a bare field`);
        field += text[at];
        at += 1;
      }
    }
    row.push(field);
    if (text[at] === ",") {
      at += 1;
      if (at < text.length) continue;
      row.push("");
    }
    if (text[at] === "\r") at += 1;
    if (at < text.length && text[at] !== "\n") throw new SyntaxError(`line ${line}: text after a quoted field`);
    at += 1;
    line += 1;
    rows.push(row);
    row = [];
  }
  return rows;
}

export function formatCsv(rows: readonly (readonly string[])[]): string {
  const field = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return rows.map((row) => `${row.map(field).join(",")}\n`).join("");
}
