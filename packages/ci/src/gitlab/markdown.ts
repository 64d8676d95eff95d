/** Breaks what GitLab would obey or link, and is not seen. */
const joiner = "\u2060";

/**
 * Makes Markdown harmless as a comment on GitLab. A line that begins with a slash can be a quick action (`/merge`), which is carried out
 * with the rights of the token; `#1`, `!1` and `%1` in what tests are called would be links that other issues and merge requests show.
 * See https://docs.gitlab.com/user/project/quick_actions/.
 */
export function harmlessMarkdown(text: string): string {
  let fence: string | undefined;
  return text
    .split("\n")
    .map((line) => {
      const marks = /^ {0,3}(`{3,})/.exec(line)?.[1];
      const inside = fence !== undefined;
      if (fence === undefined) fence = marks;
      else if (marks !== undefined && marks.length >= fence.length && line.trim() === marks) fence = undefined;
      // In a fence nothing is a link; whether GitLab takes a line there for an action depends on how it reads fences.
      const still = line.replace(/^(\s*)\//, `$1${joiner}/`);
      return inside ? still : still.replace(/(&#35;|[#!%])(?=\d)/g, `$1${joiner}`);
    })
    .join("\n");
}
