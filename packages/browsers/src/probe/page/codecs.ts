/** Runs in the page: which formats it says it can play. Uses nothing from outside of itself. */
export function probeCodecs(formats: Readonly<Record<string, string>>): string[] {
  const { document } = globalThis as unknown as {
    document: { createElement(name: "video"): { canPlayType(type: string): string } };
  };
  const video = document.createElement("video");
  return Object.entries(formats)
    .filter(([, type]) => video.canPlayType(type) === "probably")
    .map(([name]) => name);
}
