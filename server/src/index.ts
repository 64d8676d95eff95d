export { startCoordinator, type Coordinator, type CoordinatorOptions } from "./coordinator.ts";
export { openApiDocument } from "./http/openapi.ts";
export type { SchedulerOptions } from "./scheduler/options.ts";
