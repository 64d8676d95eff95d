/** One line of CSV (RFC 4180). A spreadsheet takes what begins with `=`, `+` or `@` for a formula: it is made text. */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  const written = cells.map((cell) => {
    const text = typeof cell === "number" && !Number.isFinite(cell) ? "" : String(cell ?? "");
    const safe = typeof cell === "string" && /^[=+@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${written.join(",")}\n`;
}
