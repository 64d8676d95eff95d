export { restoreBackup, type Restored } from "./backup/restore-backup.ts";
export { type BackupContents, verifyBackup } from "./backup/verify-backup.ts";
export { startCoordinator, type Coordinator, type CoordinatorOptions } from "./coordinator.ts";
export { readGithubApp, type GithubApp, type GithubAppOptions } from "./github/options.ts";
export { openApiDocument } from "./http/openapi.ts";
export { recoverState, type Recovered, type Survey, surveyState } from "./backup/recover.ts";
export { readIdentityRules, type IdentityRules } from "./security/identity/rules.ts";
export type { SchedulerOptions } from "./scheduler/options.ts";
export type { AlertTeller } from "./trends/alert-telling.ts";
