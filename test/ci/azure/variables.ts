export const commit = "0123456789abcdef0123456789abcdef01234567";
/** A job's token has this shape. */
export const jobToken = "header.claims.signature";

/** What the first attempt of a job that builds pull request 22 of a repository in Azure Repos knows, by the names that pipelines use. */
export function jobVariables(collection: string, directory: string): Record<string, string> {
  return {
    TF_BUILD: "True",
    "System.CollectionUri": collection,
    "System.TeamProject": "My Shop",
    "System.DefaultWorkingDirectory": directory,
    "System.StageName": "tests",
    "System.StageAttempt": "1",
    "System.PhaseName": "unit",
    "System.PhaseAttempt": "1",
    "System.JobName": "unit",
    "System.JobAttempt": "1",
    "System.JobPositionInPhase": "1",
    "System.TotalJobsInPhase": "1",
    "System.PullRequest.PullRequestId": "22",
    "System.PullRequest.SourceCommitId": commit,
    "System.PullRequest.SourceBranch": "refs/heads/sums",
    "System.PullRequest.TargetBranch": "refs/heads/main",
    "System.PullRequest.IsFork": "False",
    "Build.BuildId": "7",
    "Build.Repository.Provider": "TfsGit",
    "Build.Repository.Id": "3411ebc1-d5aa-464f-9615-0b527bc66719",
  };
}

/** Variables as scripts see them: capitals, and underscores in the place of dots. */
export function environmentOf(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name.toUpperCase().replaceAll(/[. ]/g, "_"), value]),
  );
}
