/** `##teamcity[…]` as TeamCity reads it anywhere in a line; https://www.jetbrains.com/help/teamcity/service-messages.html */
export function serviceMessage(name: string, attributes: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}='${escaped(String(value))}'`);
  return `##teamcity[${name}${pairs.join("")}]`;
}

/** Everything outside ASCII by its number, so that no console's encoding can change it. */
function escaped(text: string): string {
  return text
    .replaceAll(/[|'[\]]/g, "|$&")
    .replaceAll("\n", "|n")
    .replaceAll("\r", "|r")
    .replaceAll(/[^\t\x20-\x7E]/g, (unit) => `|0x${unit.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`);
}
