export { detectCapabilities, type DetectionMode } from "./capabilities/detect.ts";
export type { WorkerNotice } from "./connection/notices.ts";
export type { Anticipation, WorkerEnd, WorkerHandle, WorkerOptions } from "./options.ts";
export { startWorker } from "./worker.ts";
