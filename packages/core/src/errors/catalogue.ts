/**
 * Every error that Shardwright can show, once: stable code, HTTP status, whether trying again can help, what it says and what to do.
 * `docs/errors.md` is generated from this table. Words in braces are filled in from the error's details.
 */
export interface CatalogueEntry {
  readonly status: number;
  readonly retryable: boolean;
  readonly message: string;
  readonly hint: string;
}

export const catalogue = {
  "bad-request": {
    status: 400,
    retryable: false,
    message: "The request is not valid: {problems}",
    hint: "Compare it with /api/v1/openapi.json; each problem names its field.",
  },
  unauthenticated: {
    status: 401,
    retryable: false,
    message: "No valid token came with the request.",
    hint: "Pass --api-key or SHARDWRIGHT_API_KEY; make a token with `shardwright token create`.",
  },
  forbidden: {
    status: 403,
    retryable: false,
    message: "This token has the scope {scope}; {needed} is needed.",
    hint: "Use a token of the right scope: `shardwright token create --scope {needed}`.",
  },
  "other-project": {
    status: 403,
    retryable: false,
    message: "This token is for the project {project} alone.",
    hint: "Pass --project {project}, or use a token for what is asked: `shardwright token create` makes one for all projects unless --only-project is given.",
  },
  "identity-off": {
    status: 501,
    retryable: false,
    message: "This coordinator takes no identity tokens of CI jobs.",
    hint: "Start the coordinators with --oidc-rules (docs/identity.md), or set SHARDWRIGHT_API_KEY.",
  },
  "identity-invalid": {
    status: 401,
    retryable: false,
    message: "The identity token is not taken: {reason}",
    hint: "Ask the CI system for a new one, shortly before it is used; docs/identity.md has the workflow's lines. Check the clocks if it should be valid.",
  },
  "identity-issuer": {
    status: 403,
    retryable: false,
    message: "Identity tokens of {issuer} are not taken here.",
    hint: "Name the issuer in the file of --oidc-rules, letter by letter as tokens do; the coordinator takes {known}.",
  },
  "identity-audience": {
    status: 403,
    retryable: false,
    message: "The identity token is for another audience than {audience}.",
    hint: "Ask for that one: --identity-audience on GitHub, `aud` under `id_tokens` on GitLab; or name the audience in the file of --oidc-rules.",
  },
  "identity-rule": {
    status: 403,
    retryable: false,
    message: "No rule gives this identity a token for the project {project}: {reason}",
    hint: "Check --project, the branch and the repository against the file of --oidc-rules on the coordinator.",
  },
  "identity-issuer-unreachable": {
    status: 503,
    retryable: true,
    message: "The keys of {issuer} cannot be fetched: {reason}",
    hint: "The coordinator, not the CI job, has to reach {issuer}/.well-known/openid-configuration over HTTPS. Other tokens work as before.",
  },
  "identity-busy": {
    status: 503,
    retryable: true,
    message: "The coordinator is checking as many identity tokens as it can.",
    hint: "Clients try again by themselves.",
  },
  "identity-unavailable": {
    status: 0,
    retryable: true,
    message: "The CI system gave no identity token: {reason}",
    hint: "On GitHub the job needs `permissions: id-token: write`; its token service may be away for a moment. SHARDWRIGHT_API_KEY does without.",
  },
  "not-found": {
    status: 404,
    retryable: false,
    message: "There is no {what}.",
    hint: "Check the name; `shardwright runs` lists what the coordinator has.",
  },
  "method-not-allowed": {
    status: 405,
    retryable: false,
    message: "{method} is not offered at {path}.",
    hint: "See /api/v1/openapi.json for what is.",
  },
  "body-too-large": {
    status: 413,
    retryable: false,
    message: "The request body is larger than {limit_bytes} bytes.",
    hint: "Split the suite into several runs, or raise the coordinator's --body-limit.",
  },
  "run-key-conflict": {
    status: 409,
    retryable: false,
    message: "The run key {run_key} belongs to another manifest ({manifest_hash}).",
    hint: "A key names one suite at one commit, run in one way: put the commit and the CI run's number into --run-key.",
  },
  "not-reopenable": {
    status: 409,
    retryable: false,
    message: "The run {run} cannot be taken up again from here: {reason}",
    hint: "Run its CI job again; what has passed keeps its result.",
  },
  "webhook-refused": {
    status: 401,
    retryable: false,
    message: "The delivery is not taken: {reason}",
    hint: "Give the GitHub App and the coordinator the same webhook secret (SHARDWRIGHT_GITHUB_WEBHOOK_SECRET), and let nothing change the body on its way.",
  },
  "worker-name-taken": {
    status: 409,
    retryable: true,
    message: "A live worker is already called {name}.",
    hint: "Give each worker its own --name; a worker that was killed frees its name within seconds.",
  },
  "worker-unknown": {
    status: 410,
    retryable: false,
    message: "The coordinator no longer counts {worker} among its workers.",
    hint: "The worker registers again by itself; look for long pauses or network cuts on its machine.",
  },
  "empty-manifest": {
    status: 422,
    retryable: false,
    message: "No tests were found.",
    hint: "Check --test-dir and --test-pattern; pass --allow-empty where no tests are right.",
  },
  "manifest-mismatch": {
    status: 422,
    retryable: false,
    message: "The manifest's hash is {actual}, not {declared} as declared.",
    hint: "Something changed the request on its way: send it again.",
  },
  "queue-full": {
    status: 429,
    retryable: true,
    message: "The coordinator holds {count} {what}, its limit.{wait}",
    hint: "Wait for runs to end; how many may be open is set by `shardwright cluster config set open-runs N`.",
  },
  "no-leader": {
    status: 503,
    retryable: true,
    message: "The coordinators have no leader at the moment.",
    hint: "They elect one within seconds if a majority of them is up; see `shardwright cluster status`.",
  },
  "leadership-lost": {
    status: 503,
    retryable: true,
    message: "The leader changed while this was being done: it may have happened or not.",
    hint: "Send the request again, to any coordinator: what was done already is not done twice.",
  },
  "membership-refused": {
    status: 409,
    retryable: false,
    message: "The members of the cluster cannot be changed so: {reason}",
    hint: "One voter is added or removed at a time, each after the last change is done; see `shardwright cluster status`.",
  },
  "member-removed": {
    status: 410,
    retryable: false,
    message: "{id} was removed from the cluster {cluster}.",
    hint: "It ends rather than answer with what it knew then. Stop it for good, or wipe its --state-dir and let it join again as a new member, with --coordinator-addresses.",
  },
  "other-cluster": {
    status: 409,
    retryable: false,
    message: "{address} belongs to the cluster {cluster}, not to {wanted}.",
    hint: "Check the address. A cluster that was restored or recovered has a new name: what is left of the one before is to be stopped and wiped, and may then join it.",
  },
  "not-caught-up": {
    status: 409,
    retryable: true,
    message: "{id} lacks {behind} entries.",
    hint: "It is made a voter when it has caught up; see `shardwright cluster status`.",
  },
  "tables-differ": {
    status: 0,
    retryable: false,
    message: "The tables of {members} are unlike those of the others.",
    hint: "Stop that coordinator, keep a copy of its state directory for a report, wipe it and let it join again.",
  },
  "tables-unread": {
    status: 0,
    retryable: true,
    message: "The tables of {members} could not be compared.",
    hint: "Start what does not run, and compare again.",
  },
  "update-incomplete": {
    status: 409,
    retryable: true,
    message: "{what} came with version {needed} of the facts, and the cluster still writes version {agreed}. Nothing was done.",
    hint: "Update the coordinators that `shardwright cluster status` shows with older facts; when the last one is, try again.",
  },
  "version-too-old": {
    status: 409,
    retryable: false,
    message: "This coordinator knows facts up to version {known}, and its cluster writes version {agreed}.",
    hint: "Start it with the version of Shardwright that the others run (`shardwright cluster status`). Nothing was changed.",
  },
  draining: {
    status: 503,
    retryable: true,
    message: "The coordinator is shutting down.",
    hint: "Clients try again by themselves; start it again.",
  },
  "disk-stalled": {
    status: 503,
    retryable: true,
    message: "The coordinator's disk has not answered for {seconds} s: nothing is acknowledged until it does.",
    hint: "Look at the disk of its --state-dir. Of several coordinators another one leads meanwhile, if a majority of their disks answers.",
  },
  "ledger-failed": {
    status: 500,
    retryable: false,
    message: "The ledger could not be written: {reason}",
    hint: "The coordinator stops rather than promise what it cannot keep. Check the disk under --state-dir (a run without a coordinator: .shardwright), then start it again.",
  },
  "state-unwritable": {
    status: 507,
    retryable: false,
    message: "{path} cannot be written: {reason}",
    hint: "Free room on its disk, or see who may write there; or point --state-dir somewhere else.",
  },
  "database-newer": {
    status: 500,
    retryable: false,
    message: "The database in {path} was written by a newer version (schema {found}, this one knows {known}).",
    hint: "Upgrade Shardwright, or point --state-dir somewhere else. Nothing was changed.",
  },
  "database-in-use": {
    status: 500,
    retryable: false,
    message: "Another coordinator uses {path}.",
    hint: "Stop it, or give this one its own --state-dir.",
  },
  "database-damaged": {
    status: 500,
    retryable: false,
    message: "The database {path} is damaged: {reason}",
    hint: "Restore it from a backup; nothing was changed.",
  },
  "backup-under-way": {
    status: 503,
    retryable: true,
    message: "This coordinator makes a backup already.",
    hint: "It makes one at a time: wait until that is over, or ask another coordinator.",
  },
  "backup-damaged": {
    status: 0,
    retryable: false,
    message: "The backup {path} cannot be used: {reason}",
    hint: "Nothing was changed. Use an earlier one; `shardwright cluster verify FILE` says of each whether it is whole.",
  },
  "backup-newer": {
    status: 0,
    retryable: false,
    message: "The backup {path} was made by a newer version ({version}): {reason}",
    hint: "Upgrade Shardwright. Nothing was changed.",
  },
  "backup-unwritable": {
    status: 0,
    retryable: false,
    message: "The backup could not be written to {path}: {reason}",
    hint: "Free room on its disk, or choose another place. A file of that name that was there before is as it was.",
  },
  "blob-mismatch": {
    status: 422,
    retryable: true,
    message: "The bytes received have the SHA-256 {actual}, not {declared}.",
    hint: "Send the blob again.",
  },
  "blob-quota": {
    status: 507,
    retryable: false,
    message: "The blob store holds {used_bytes} bytes of {limit_bytes}.",
    hint: "Shorten --retention-days or raise --blob-quota.",
  },
  internal: {
    status: 500,
    retryable: true,
    message: "Something failed inside the coordinator: {reason}",
    hint: "The coordinator's log has the cause; please report it.",
  },
  "coordinator-unreachable": {
    status: 0,
    retryable: true,
    message: "No coordinator answered at {addresses}: {reason}",
    hint: "Check the address, the network and that the coordinator runs (`curl ADDRESS/healthz`).",
  },
  "coordinator-too-old": {
    status: 0,
    retryable: false,
    message: "The coordinator at {address} does not know {path}: it, or the one that leads, is of an older version.",
    hint: "Update the coordinators first (`shardwright cluster status` shows them), or use a client of their version.",
  },
  "bad-response": {
    status: 0,
    retryable: false,
    message: "The answer of {address} is not Shardwright's: {reason}",
    hint: "Check that --coordinator names a Shardwright coordinator of a compatible version.",
  },
  usage: {
    status: 0,
    retryable: false,
    message: "{problem}",
    hint: "{remedy}",
  },
  "config-invalid": {
    status: 0,
    retryable: false,
    message: "The configuration is not valid:\n{problems}",
    hint: "Mend every line named; nothing was run.",
  },
  interrupted: {
    status: 0,
    retryable: false,
    message: "Stopped by a signal before anything was run.",
    hint: "There is no report: the tests were still being listed.",
  },
  "runner-not-found": {
    status: 0,
    retryable: false,
    message: "No test framework was recognised in {directory}.",
    hint: "Name one with --runner ({known}), or give a command with --command.",
  },
  "framework-missing": {
    status: 0,
    retryable: false,
    message: "{framework} is not installed in {directory}: {reason}",
    hint: "{remedy}",
  },
  "browser-unusable": {
    status: 0,
    retryable: false,
    message: "{browser} ({executable}) cannot be used: {reason}",
    hint: "`shardwright doctor browsers` shows which browsers are found here, which of them start, and what each can do.",
  },
  "discovery-failed": {
    status: 0,
    retryable: false,
    message: "{framework} could not list the tests in {directory}: {reason}",
    hint: "Run {framework} by itself there first; its own message follows.",
  },
  "bundle-failed": {
    status: 400,
    retryable: false,
    message: "The checkout cannot be packed for the workers: {reason}.",
    hint: "Keep what tests do not need out of it (.gitignore, --bundle-exclude), or pass --workspace git.",
  },
  "bundle-damaged": {
    status: 422,
    retryable: false,
    message: "The archive of the checkout cannot be used: {reason}.",
    hint: "Submit the run again; if it stays so, report it with the run's id.",
  },
  "git-failed": {
    status: 502,
    retryable: true,
    message: "`{command}` failed: {reason}",
    hint: "Try the same command by hand on that machine, as the same user: the address, the credentials, the network.",
  },
  "path-outside-workspace": {
    status: 400,
    retryable: false,
    message: "The path {path} leaves the workspace.",
    hint: "Use paths relative to the workspace, without ‘..’ and without links that lead out.",
  },
  "peer-untrusted": {
    status: 403,
    retryable: false,
    message:
      "This is for the coordinators of the cluster alone: whoever asks must show a certificate of its authority, and {reason}.",
    hint: "Start the coordinator that asks with --tls-cert, --tls-key and --cluster-ca, its certificate signed by the authority that all of them name.",
  },
  "insecure-listen": {
    status: 0,
    retryable: false,
    message: "Listening on {host} without TLS would send tokens in the clear.",
    hint: "Put a TLS proxy in front and pass --trusted-proxy, give --tls-cert and --tls-key, or accept the risk with --insecure.",
  },
  "weak-admin-token": {
    status: 0,
    retryable: false,
    message: "SHARDWRIGHT_ADMIN_TOKEN has {length} characters; at least 32 are needed.",
    hint: "Make one with `openssl rand -hex 32`, or leave it out: the coordinator writes one to a private file.",
  },
  "report-unreadable": {
    status: 0,
    retryable: false,
    message: "{path} cannot be read as {format}: {reason}",
    hint: "Check that the file is whole; a report cut off by a full disk or a killed process cannot be used.",
  },
  "shares-differ": {
    status: 0,
    retryable: false,
    message: "These reports are no shares of one whole: {first}, {second}.",
    hint: "Merge the reports of one pipeline's jobs at a time. If these are, the jobs saw other test files or other durations: give all of them the same checkout and the same .shardwright/timings.json, and run them again.",
  },
  "report-unwritable": {
    status: 0,
    retryable: false,
    message: "The reports could not be written: {reason}",
    hint: "Free room on the disk or choose another --output-dir, then run again. Reports that were there before are as they were.",
  },
  "node-too-old": {
    status: 0,
    retryable: false,
    message: "Shardwright needs Node {needed} or newer; this is {found}.",
    hint: "Install it from https://nodejs.org, or `npm install --save-dev node@24` in the project.",
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;
