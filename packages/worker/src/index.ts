export { findBrowsers } from "./capabilities/browsers.ts";
export { detectCapabilities, type DetectionMode } from "./capabilities/detect.ts";
export type { WorkerNotice } from "./connection/notices.ts";
export type {
  Anticipation,
  PreparedWorker,
  WorkerAccess,
  WorkerEnd,
  WorkerHandle,
  WorkerOptions,
  WorkspaceStorage,
} from "./options.ts";
export { looksSecret, SecretMask, secretsOf } from "./output/secrets.ts";
export { prepareWorker, startWorker } from "./worker.ts";
export { git } from "./workspaces/git.ts";
export { packBundle, type Packed, type PackOptions } from "./workspaces/bundle/pack.ts";
