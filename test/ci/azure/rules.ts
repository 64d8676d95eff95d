/** What Microsoft's specification says in words alone; each rule with the words that it comes from. */

type Json = Readonly<Record<string, unknown>>;

/** "Valid values = (Unspecified, None, Passed, …)" of `TestCaseResult.outcome`. */
const outcomes = new Set(
  "Unspecified None Passed Failed Inconclusive Timeout Aborted Blocked NotExecuted Warning Error NotApplicable Paused InProgress NotImpacted".split(
    " ",
  ),
);
/** "Valid states - NotStarted, InProgress, Waiting" of `RunCreateModel.state`. */
const createStates = new Set(["NotStarted", "InProgress", "Waiting"]);
/** "NotStarted, InProgress, Completed, Aborted, Waiting" of `RunUpdateModel.state`. */
const updateStates = new Set([...createStates, "Completed", "Aborted"]);
/** "State of test result. Type TestRunState". */
const resultStates = new Set([...updateStates, "Unspecified", "NeedsInvestigation"]);
/** "with maxSize= 1000 chars" of `comment` and `stackTrace`. */
const textLimit = 1000;
/** The fields that results may have beside their own, and what a value may hold. */
const customFields = new Set(["AttemptId", "IsTestResultFlaky"]);
const fieldLimit_bytes = 1024;
/** The agent's own publisher sends so many at a time, and keeps so many results below another, so deep. */
const batchLimit = 1000;
const subResultLimit = 1000;
const depthLimit = 3;
/** The agent's publisher attaches no file larger than this once it is encoded. */
const attachmentLimit = 100 * 1024 * 1024;

export function runProblems(body: Json): string[] {
  const {
    state,
    tags = [],
    build,
    pipelineReference,
    name,
  } = body as {
    state?: string;
    tags?: { name?: string }[];
    build?: { id?: string };
    pipelineReference?: { pipelineId?: number };
    name?: string;
  };
  return [
    ...(name === undefined || name === "" ? ["a run needs a name"] : []),
    ...(state === undefined || createStates.has(state) ? [] : [`a run cannot be created in the state ${state}`]),
    ...(tags.length > 5 ? ["maximum of 5 tags can be added to run"] : []),
    ...tags.flatMap(({ name: tag = "" }) =>
      /^[A-Za-z0-9]{1,29}$/.test(tag) ? [] : [`the tag ${tag} is not alphanumeric or too long`],
    ),
    ...(pipelineReference !== undefined && String(pipelineReference.pipelineId) !== build?.id
      ? ["PipelineReference.PipelineId should be equal to RunCreateModel.Build.Id"]
      : []),
  ];
}

export function updateProblems({ state }: Json): string[] {
  return state === undefined || updateStates.has(state as string) ? [] : [`a run has no state ${JSON.stringify(state)}`];
}

export function resultsProblems(results: readonly Json[]): string[] {
  const problems = results.flatMap((result, index) => resultProblems(result, 0).map((problem) => `[${index}] ${problem}`));
  return results.length > batchLimit ? [`${results.length} results in one request`, ...problems] : problems;
}

function resultProblems(result: Json, depth: number): string[] {
  const {
    outcome,
    state,
    comment,
    stackTrace,
    customFields: fields = [],
    subResults = [],
    resultGroupType = "none",
  } = result as {
    outcome?: string;
    state?: string;
    comment?: string;
    stackTrace?: string;
    customFields?: { fieldName: string; value: unknown }[];
    subResults?: Json[];
    resultGroupType?: string;
  };
  const { startedDate, completedDate } = result as { startedDate?: string; completedDate?: string };
  return [
    ...(outcome !== undefined && outcomes.has(outcome) ? [] : [`there is no outcome ${outcome}`]),
    ...(state === undefined || resultStates.has(state) ? [] : [`there is no state ${state}`]),
    ...(depth === 0 && !result.testCaseTitle ? ["a result needs a title"] : []),
    ...((comment ?? "").length > textLimit ? ["a comment has maxSize= 1000 chars"] : []),
    ...((stackTrace ?? "").length > textLimit ? ["a stack trace has maxSize= 1000 chars"] : []),
    ...(startedDate !== undefined && completedDate !== undefined && Date.parse(completedDate) < Date.parse(startedDate)
      ? ["completed date should be greater than started date"]
      : []),
    ...fields.flatMap(({ fieldName, value }) => [
      ...(customFields.has(fieldName) ? [] : [`there is no field ${fieldName}`]),
      ...(Buffer.byteLength(JSON.stringify(value)) > fieldLimit_bytes ? [`the field ${fieldName} is too large`] : []),
    ]),
    ...(subResults.length > 0 && resultGroupType === "none"
      ? ["a result with results below it says of which kind they are"]
      : []),
    ...(subResults.length > subResultLimit ? [`${subResults.length} results below one`] : []),
    ...(depth >= depthLimit ? ["results below one another deeper than the service keeps"] : []),
    ...subResults.flatMap((sub) => resultProblems(sub, depth + 1)),
  ];
}

export function attachmentProblems({ stream, fileName, attachmentType = "GeneralAttachment" }: Json): string[] {
  const text = typeof stream === "string" ? stream : "";
  return [
    ...(text !== "" && Buffer.from(text, "base64").toString("base64") === text ? [] : ["the stream is no base64"]),
    ...(text.length > attachmentLimit ? ["the attachment is too large"] : []),
    ...(typeof fileName === "string" && /^[^\\/:*?"<>|\p{Cc}]+$/u.test(fileName) ? [] : ["the file name is none"]),
    ...(["GeneralAttachment", "ConsoleLog", "CodeCoverage"].includes(attachmentType as string)
      ? []
      : [`there is no attachment type ${JSON.stringify(attachmentType)}`]),
  ];
}

/** "The only required field for the status is `Context.Name`". */
export function statusProblems({ context, state }: Json): string[] {
  const { name } = (context ?? {}) as { name?: string };
  return [...(name ? [] : ["Context.Name is required"]), ...(state === undefined ? ["a status needs a state"] : [])];
}

/** Not in the specification; the service answers "A discussion comment cannot be longer than 150000 characters." */
const commentLimit = 150_000;

export function commentProblems({ content }: Json): string[] {
  if (typeof content !== "string" || content === "") return ["a comment needs content"];
  return content.length > commentLimit ? ["the comment is too long"] : [];
}
