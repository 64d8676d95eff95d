import { formatCount } from "@shardwright/core";
import { HttpRefusal, type PoliteFetch } from "../http/polite-fetch.ts";
import type { Channel } from "../publishing/channel.ts";
import { commentMark } from "../publishing/mark.ts";
import { gitlabAccess, mergeRequestOf, type GitlabAccess, type MergeRequest } from "./access.ts";
import { openGitlab } from "./api.ts";
import { harmlessMarkdown } from "./markdown.ts";

/** GitLab takes a million characters, and lets nobody see the discussion below so many. */
const textLimit = 60_000;
const pageSize = 100;
/** A merge request takes 5,000 comments (https://docs.gitlab.com/administration/instance_limits/). */
const pageLimit = 50;
/** How often a comment is made when it stays unknown whether it is there. */
const tries = 3;

const noRequest = "this pipeline belongs to no merge request";

/** One comment of the merge request, kept up to date. */
export const gitlabComment: Channel = {
  name: "comment",
  title: "merge request comment",
  limits: `${formatCount(textLimit)} of 1,000,000 characters`,
  unavailable(session) {
    const access = gitlabAccess(session);
    if (typeof access === "string") return access;
    return mergeRequestOf(session.env) === undefined ? noRequest : undefined;
  },
  async publish({ markdown }, session) {
    const access = gitlabAccess(session);
    const request = mergeRequestOf(session.env);
    if (typeof access === "string") throw new Error(access);
    if (request === undefined) throw new Error(noRequest);
    const mark = commentMark(session.name);
    const body = `${mark}\n${harmlessMarkdown(markdown({ characters: textLimit - 10_000 }))}`;
    await write(access, request, { mark, body }, session.fetch);
    return undefined;
  },
};

async function write(
  access: GitlabAccess,
  { project, iid }: MergeRequest,
  { mark, body }: { readonly mark: string; readonly body: string },
  send: PoliteFetch,
): Promise<void> {
  const { notes, users } = await openGitlab(access, send);
  const { id: self } = await users.showCurrentUser();
  for (let attempt = 1; ; attempt += 1) {
    const note = await find();
    if (note !== undefined) return void (await notes.edit(project, iid, note, { body }));
    try {
      return void (await notes.create(project, iid, body));
    } catch (error) {
      // Whether it was made nobody knows: it is looked for once more before another one is.
      const isOpen = error instanceof HttpRefusal && (error.status === 0 || error.status >= 500);
      if (!isOpen || attempt >= tries) throw error;
    }
  }

  /** Ours alone: what others write may well begin with the same mark. */
  async function find(): Promise<number | undefined> {
    for (let page = 1, next: number | null = 1; next !== null && page <= pageLimit; page = next ?? page) {
      const { data, paginationInfo } = await notes.all(project, iid, {
        sort: "asc",
        orderBy: "created_at",
        page,
        perPage: pageSize,
        showExpanded: true,
      });
      const found = data.find(({ body: text, author, system }) => !system && author.id === self && text.startsWith(mark));
      if (found !== undefined) return found.id;
      next = "next" in paginationInfo ? paginationInfo.next : null;
    }
    return undefined;
  }
}
