import { formatCount } from "@shardwright/core";
import { z } from "zod";
import type { Channel, Session } from "../publishing/channel.ts";
import { commentMark } from "../publishing/mark.ts";
import { githubApi, isOpen, missingForApi, type GithubApi } from "./api.ts";
import { describeGithub } from "./describe.ts";
import { followedHead, subjectOf } from "./subject.ts";

/** GitHub takes 65,536; so much is more than anybody reads there. */
const textLimit = 60_000;
const pageLimit = 30;
/** How often a comment is made when it stays unknown whether it is there. */
const tries = 3;

const commentSchema = z.object({
  id: z.int(),
  body: z.string().nullish(),
  user: z.object({ login: z.string(), type: z.string() }).nullish(),
});
const pullSchema = z.object({ number: z.int(), head: z.object({ sha: z.string() }) });

/** One comment of the pull request, kept up to date. Everybody who follows it gets mail, so it has to be asked for. */
export const githubComment: Channel = {
  name: "comment",
  title: "pull request comment",
  limits: `${formatCount(textLimit)} of 65,536 characters`,
  onRequest: true,
  unavailable(session) {
    const isKnown = describeGithub(session.env).context.pull_request !== undefined || followedHead(session.env) !== undefined;
    return missingForApi(session) ?? (isKnown ? undefined : "this job belongs to no pull request");
  },
  async publish({ markdown, report }, session) {
    const api = githubApi(session);
    const pull = subjectOf(report.run.context, session.env).pull_request ?? (await pullOf(api, session));
    if (pull === undefined) return "nothing was written: the commit belongs to no pull request that is open";
    const mark = commentMark(session.name);
    const body = { body: `${mark}\n${markdown({ characters: textLimit - mark.length - 1 })}` };
    const login = await api.login();
    for (let attempt = 1; ; attempt += 1) {
      const known = await find(api, pull, mark, login);
      if (known !== undefined) {
        await api.ask({ method: "PATCH", repeatable: true, body }, `/issues/comments/${known}`, commentSchema);
        return undefined;
      }
      try {
        await api.ask({ method: "POST", repeatable: false, body }, `/issues/${pull}/comments`, commentSchema);
        return undefined;
      } catch (error) {
        // Whether it was made nobody knows: it is looked for once more before another one is.
        if (!isOpen(error) || attempt >= tries) throw error;
      }
    }
  },
};

/** Ours alone: what others write may well begin with the same mark. */
async function find(api: GithubApi, pull: string, mark: string, login: string | undefined): Promise<number | undefined> {
  for await (const { id, body, user } of api.list(`/issues/${pull}/comments`, commentSchema, pageLimit)) {
    const isOwn = login === undefined ? user?.type === "Bot" : user?.login === login;
    if (isOwn && body?.startsWith(mark) === true) return id;
  }
  return undefined;
}

/** A run that is followed names no pull request where that comes from a fork: it is the one whose branch is at that commit. */
async function pullOf(api: GithubApi, { env }: Session): Promise<string | undefined> {
  const followed = followedHead(env);
  if (followed === undefined) return undefined;
  const list = `/pulls?state=open&head=${encodeURIComponent(followed.head)}`;
  for await (const pull of api.list(list, pullSchema, 1)) if (pull.head.sha === followed.commit) return String(pull.number);
  return undefined;
}
