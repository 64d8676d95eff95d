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

const makers = {
  analytics: createAnalyticsQueries,
  audit: createAuditQueries,
  breakers: createBreakerQueries,
  comparison: createComparisonQueries,
  runs: createRunQueries,
  settings: createSettingQueries,
  taskDetail: createTaskDetailQueries,
  tasks: createTaskQueries,
  incidents: createIncidentQueries,
  failures: createFailureQueries,
  flaky: createFlakyQueries,
  quarantine: createQuarantineQueries,
  testHistory: createTestHistoryQueries,
  timings: createTimingQueries,
  tokens: createTokenQueries,
  alerts: createTrendAlertQueries,
  confirmations: createConfirmationQueries,
  trends: createTrendQueries,
  tuning: createTuningQueries,
  weight: createWeightQueries,
  workers: createWorkerQueries,
};
type Makers = typeof makers;

/** What can be read, by subject. */
export type Queries = { readonly [Subject in keyof Makers]: ReturnType<Makers[Subject]> };

/**
 * All that the coordinator reads from its tables. The statements of a subject are prepared when it is first asked for: a run that has a
 * coordinator of its own would wait for all of them, and asks for a few.
 * @param settle called before each read: writes what waits to be written
 */
export function createQueries(database: Database, settle: () => void): Queries {
  const queries = {};
  for (const [subject, make] of Object.entries(makers))
    Object.defineProperty(queries, subject, {
      enumerable: true,
      configurable: true,
      get() {
        const value = settled(make(database), settle);
        Object.defineProperty(queries, subject, { value, enumerable: true });
        return value;
      },
    });
  return queries as Queries;
}

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
