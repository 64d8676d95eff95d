import { escapeMarkdown, formatCount, reasonOf } from "@shardwright/core";
import { HttpRefusal } from "../http/polite-fetch.ts";
import type { Channel, Session } from "../publishing/channel.ts";
import { cutBytes, cutCharacters, inGroups } from "../publishing/cut.ts";
import type { Publication } from "../publishing/publication.ts";
import { missingForApi } from "./api.ts";
import { checkConclusions, checkLimits, checkNote } from "./check-note.ts";
import { checkRuns, type CheckRuns } from "./check-run.ts";
import { workflowCommand } from "./command.ts";
import { repositoryPaths } from "./repository-path.ts";
import { subjectOf } from "./subject.ts";

const { annotations: annotationsLimit, annotationsPerRequest: perRequest, text: textLimit, title: titleLimit } = checkLimits;

/** The check run of the commit, with the report in it, and what failed beside its lines. */
export const githubStatus: Channel = {
  name: "status",
  title: "check run",
  limits: `65,535 characters; ${perRequest} annotations a request, ${formatCount(annotationsLimit)} in all`,
  unavailable: (session) => missingForApi(session),
  async publish(publication, session) {
    const { commit } = subjectOf(publication.report.run.context, session.env);
    if (commit === undefined) throw new Error("the commit is not known: GITHUB_SHA is not set");
    try {
      const run = session.shownRun ?? publication.report.run.id;
      return await write(checkRuns(session, commit, run), publication, session);
    } catch (error) {
      if (!(error instanceof HttpRefusal) || error.status !== 403) throw error;
      session.write(workflowCommand("notice", { title: session.name }, readOnlyRemedy));
      throw error;
    }
  },
};

/** What a job can do whose token may only read. */
const readOnlyRemedy =
  "The results are in this job's summary and not in a check run, because the job's token may not write one. In a pull request from a fork, or by Dependabot, it never may: let a second workflow show them, with the action shardwright/shardwright/actions/report on workflow_run. Elsewhere, give the job `permissions: checks: write`.";

async function write(checks: CheckRuns, publication: Publication, session: Session): Promise<string | undefined> {
  const { verdict, title, sentence, markdown, annotations } = publication;
  const place = repositoryPaths(session);
  const groups = inGroups(annotations.slice(0, annotationsLimit), perRequest);
  const [first = [], ...rest] = groups.map((group) => group.map((annotation) => checkNote(annotation, place(annotation.path))));
  const { build_url } = subjectOf(publication.report.run.context, session.env);
  const words = { title: cutCharacters(title, titleLimit), summary: cutBytes(escapeMarkdown(sentence), textLimit) };
  const body = {
    status: "completed",
    conclusion: checkConclusions[verdict],
    completed_at: new Date(session.now_ms()).toISOString(),
    ...(build_url !== undefined && { details_url: build_url }),
    // GitHub counts bytes or characters, nobody knows: what fits as bytes fits.
    output: { ...words, text: markdown({ bytes: textLimit }), annotations: first },
  };
  const known = await checks.find();
  // The annotations of an earlier attempt cannot be taken back: it is left as it was, and GitHub shows the newest of a name.
  const isFresh = known !== undefined && known.output.annotations_count === 0;
  const id = isFresh ? known.id : (await checks.create(body)).id;
  // What adds nothing may be done twice.
  if (isFresh) await (first.length === 0 ? checks.update(id, body) : checks.add(id, 0, body, first.length));
  const disagreeing = await agree(checks, id, publication, session);
  let shown = first.length;
  try {
    for (const group of rest) {
      await checks.add(id, shown, { output: { ...words, annotations: group } }, group.length);
      shown += group.length;
    }
  } catch (error) {
    // The verdict is told, and most of what belongs to it: that is no failure.
    return `${formatCount(shown)} of ${formatCount(annotations.length)} annotations are shown: ${reasonOf(error)}`;
  }
  if (disagreeing !== undefined || shown === annotations.length) return disagreeing;
  return `${formatCount(shown)} of ${formatCount(annotations.length)} annotations are shown, which is the limit; the report has all`;
}

const green: readonly (string | null | undefined)[] = ["success", "neutral", "skipped"];

/**
 * Two runs of one workflow run may have one name, of which GitHub shows the newest check alone: a green one must not stand before a red one.
 * Each looks for the others after it has written its own, so that of two that end at the same time one sees the other.
 * @returns what to say of it
 */
async function agree(checks: CheckRuns, id: number, { verdict }: Publication, { name }: Session): Promise<string | undefined> {
  const ended = (await checks.others()).filter(({ status }) => status === "completed");
  const isGreen = verdict === "passed";
  const wrong = isGreen
    ? ended.some(({ conclusion }) => !green.includes(conclusion))
      ? [id]
      : []
    : ended.filter(({ conclusion }) => conclusion === "success").map((other) => other.id);
  const remedy = `Several runs of this workflow are called ${name}, and not all of them have passed: give each a name of its own by publish-name`;
  const output = { title: "Another run of this name has not passed", summary: `${escapeMarkdown(remedy)}.` };
  for (const one of wrong) await checks.update(one, { status: "completed", conclusion: "failure", output });
  return wrong.length > 0 ? remedy : undefined;
}
