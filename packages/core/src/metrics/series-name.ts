/** Dimensions as a series is found by them: the same ones are always the same text. */
export function dimensionsText(dimensions: Readonly<Record<string, string>> = {}): string {
  const names = Object.keys(dimensions).sort();
  return names.length === 0 ? "" : JSON.stringify(Object.fromEntries(names.map((name) => [name, dimensions[name]])));
}

/** The other way round. */
export function readDimensions(text: string): Record<string, string> {
  return text === "" ? {} : (JSON.parse(text) as Record<string, string>);
}
