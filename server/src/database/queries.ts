import type { Database } from "./open.ts";
import { createAnalyticsQueries } from "./queries/analytics.ts";
import { createAuditQueries } from "./queries/audit.ts";
import { createBreakerQueries } from "./queries/breakers.ts";
import { createComparisonQueries } from "./queries/comparison.ts";
import { createFailureQueries } from "./queries/failures.ts";
import { createFlakyQueries } from "./queries/flaky.ts";
import { createQuarantineQueries } from "./queries/quarantine.ts";
import { createIncidentQueries } from "./queries/incidents.ts";
import { createRunQueries } from "./queries/runs.ts";
import { createSettingQueries } from "./queries/settings.ts";
import { createTaskDetailQueries } from "./queries/task-detail.ts";
import { createTaskQueries } from "./queries/tasks.ts";
import { createTestHistoryQueries } from "./queries/test-history.ts";
import { createTimingQueries } from "./queries/timings.ts";
import { createTokenQueries } from "./queries/tokens.ts";
import { createTrendAlertQueries } from "./queries/trend-alerts.ts";
import { createConfirmationQueries } from "./queries/trend-confirmations.ts";
import { createTrendQueries } from "./queries/trends.ts";
import { createTuningQueries } from "./queries/tuning.ts";
import { createWeightQueries } from "./queries/weight.ts";
import { createWorkerQueries } from "./queries/workers.ts";

/**
 * All that the coordinator reads from its tables.
 * @param settle called before each read: writes what waits to be written
 */
export function createQueries(database: Database, settle: () => void) {
  return {
    analytics: settled(createAnalyticsQueries(database), settle),
    audit: settled(createAuditQueries(database), settle),
    breakers: settled(createBreakerQueries(database), settle),
    comparison: settled(createComparisonQueries(database), settle),
    runs: settled(createRunQueries(database), settle),
    settings: settled(createSettingQueries(database), settle),
    taskDetail: settled(createTaskDetailQueries(database), settle),
    tasks: settled(createTaskQueries(database), settle),
    incidents: settled(createIncidentQueries(database), settle),
    failures: settled(createFailureQueries(database), settle),
    flaky: settled(createFlakyQueries(database), settle),
    quarantine: settled(createQuarantineQueries(database), settle),
    testHistory: settled(createTestHistoryQueries(database), settle),
    timings: settled(createTimingQueries(database), settle),
    tokens: settled(createTokenQueries(database), settle),
    alerts: settled(createTrendAlertQueries(database), settle),
    confirmations: settled(createConfirmationQueries(database), settle),
    trends: settled(createTrendQueries(database), settle),
    tuning: settled(createTuningQueries(database), settle),
    weight: settled(createWeightQueries(database), settle),
    workers: settled(createWorkerQueries(database), settle),
  };
}
export type Queries = ReturnType<typeof createQueries>;

/** The same functions, each of which settles first. */
function settled<T extends object>(queries: T, settle: () => void): T {
  const entries = Object.entries(queries as Record<string, (...args: unknown[]) => unknown>);
  const wrapped = entries.map(([name, read]) => [
    name,
    (...args: unknown[]) => {
      settle();
      return read(...args);
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
