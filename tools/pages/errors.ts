import { catalogue, type CatalogueEntry } from "@shardwright/core";

/** The page of all errors, in the order of their codes. */
export function errorsPage(): string {
  const entries = Object.entries(catalogue as Record<string, CatalogueEntry>).sort(([a], [b]) => (a < b ? -1 : 1));
  const sections = entries.map(([code, entry]) => {
    const status = entry.status === 0 ? "shown by the command line" : `HTTP ${entry.status}`;
    const again = entry.retryable ? "; trying again can help, and clients do so by themselves" : "";
    return `## \`${code}\`\n\n> ${escape(entry.message)}\n\n${status}${again}.\n\n**What to do:** ${escape(entry.hint)}\n`;
  });
  return `# Errors\n\nEvery error that Shardwright shows has one of these codes. Words in braces are filled in.\n\n${sections.join("\n")}`;
}

function escape(text: string): string {
  return text.replaceAll(/[<>]/g, (sign) => (sign === "<" ? "&lt;" : "&gt;")).replaceAll("\n", " ");
}
