import type { RunId } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { Question } from "./question.ts";

/** What is answered where it is asked: so many tasks, or ten times as many cases, take some milliseconds. */
const tasksAtHand = 300;
const casesAtHand = 3000;
/** Runs of a project of which each is looked at. */
const runsAtHand = 300;
/** Runs that are merely counted. */
const runsCounted = 2000;

/** Whether answering takes so long that others would have to wait: by how much has to be read, which is counted up to that. */
export function isLarge({ runs, weight }: Queries, question: Question): boolean {
  switch (question.of) {
    case "failure-list":
      return weight.newestTasks(question.project, tasksAtHand) >= tasksAtHand;
    case "flaky":
      return isLargeProject(weight, question.project);
    case "projects":
      return weight.runsOf(question.project, runsCounted) >= runsCounted;
    case "test-history":
      return isLargeProject(weight, question.query.project);
    case "timeline":
      return weight.tasksOf(question.run, tasksAtHand) >= tasksAtHand;
    case "comparison":
      return (
        isLargeRun({ runs, weight }, question.run) || (question.with !== undefined && isLargeRun({ runs, weight }, question.with))
      );
    case "report":
    case "html":
    case "failures":
      return isLargeRun({ runs, weight }, question.run);
  }
}

/** With its failures comes what they have in common with those of the runs before it. */
function isLargeRun({ runs, weight }: Pick<Queries, "runs" | "weight">, run: RunId): boolean {
  if (weight.tasksOf(run, tasksAtHand) >= tasksAtHand || weight.casesOf(run, casesAtHand) >= casesAtHand) return true;
  const project = runs.byId(run)?.project;
  return project !== undefined && weight.newestTasks(project, tasksAtHand) >= tasksAtHand;
}

function isLargeProject(weight: Queries["weight"], project: string): boolean {
  return weight.runsOf(project, runsAtHand) >= runsAtHand || weight.newestTasks(project, tasksAtHand) >= tasksAtHand;
}
