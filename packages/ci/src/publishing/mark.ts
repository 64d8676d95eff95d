/** What a comment begins with, unseen, so that it is found again and kept up to date: one for each name. */
export function commentMark(name: string): string {
  // Two dashes would end an HTML comment.
  return `<!-- shardwright:${encodeURIComponent(name).replaceAll("-", "%2D")} -->`;
}
