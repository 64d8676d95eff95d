import type { RunId } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { Question } from "./question.ts";

/** What is answered where it is asked, where others wait for the coordinator: so many tasks, or ten times as many cases, take some milliseconds. */
const tasksAtHand = 300;
/** The same where nobody else does: they take as long as it takes to start a thread. */
export const tasksAtHandAlone = 6000;
const casesOfTask = 10;
/** Runs of a project of which each is looked at. */
const runsAtHand = 300;
/** Runs that are merely counted. */
const runsCounted = 2000;

/** Whether answering takes so long that others would have to wait: by how much has to be read, which is counted up to that. */
export function isLarge(queries: Queries, question: Question, atHand: number = tasksAtHand): boolean {
  const { weight } = queries;
  const isLargeRun = (run: RunId) => isLargeFor(queries, run, atHand);
  switch (question.of) {
    case "failure-list":
      return weight.newestTasks(question.project, atHand) >= atHand;
    case "flaky":
    case "flaky-above":
      return isLargeProject(weight, question.project, atHand);
    case "projects":
      return weight.runsOf(question.project, runsCounted) >= runsCounted;
    case "test-history":
      return isLargeProject(weight, question.query.project, atHand);
    case "chart":
    case "timeline":
      return weight.tasksOf(question.run, atHand) >= atHand;
    case "comparison":
      return isLargeRun(question.run) || (question.with !== undefined && isLargeRun(question.with));
    case "report":
    case "html":
    case "failures":
    case "check":
      return isLargeRun(question.run);
  }
}

/** With its failures comes what they have in common with those of the runs before it. */
function isLargeFor({ runs, weight }: Pick<Queries, "runs" | "weight">, run: RunId, atHand: number): boolean {
  const casesAtHand = casesOfTask * atHand;
  if (weight.tasksOf(run, atHand) >= atHand || weight.casesOf(run, casesAtHand) >= casesAtHand) return true;
  const project = runs.byId(run)?.project;
  return project !== undefined && weight.newestTasks(project, atHand) >= atHand;
}

function isLargeProject(weight: Queries["weight"], project: string, atHand: number): boolean {
  return weight.runsOf(project, runsAtHand) >= runsAtHand || weight.newestTasks(project, atHand) >= atHand;
}
