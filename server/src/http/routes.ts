import type { Route } from "./define-route.ts";
import { analyticsRoutes } from "./routes/analytics.ts";
import { auditRoutes } from "./routes/audit.ts";
import { badgeRoutes } from "./routes/badges.ts";
import { blobRoutes } from "./routes/blobs.ts";
import { clusterRoutes } from "./routes/cluster.ts";
import { configurationRoutes } from "./routes/configuration.ts";
import { demandRoutes } from "./routes/demand.ts";
import { failureRoutes } from "./routes/failures.ts";
import { flakyRoutes } from "./routes/flaky.ts";
import { githubRoutes } from "./routes/github.ts";
import { identityRoutes } from "./routes/identity.ts";
import { quarantineRoutes } from "./routes/quarantine.ts";
import { runDetailRoutes } from "./routes/run-details.ts";
import { runRoutes } from "./routes/runs.ts";
import { serviceRoutes } from "./routes/service.ts";
import { sessionRoutes } from "./routes/session.ts";
import { installationRoutes } from "./routes/installation.ts";
import { signInRoutes } from "./routes/sign-in.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { timingRoutes } from "./routes/timings.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { trendAlertRoutes } from "./routes/trend-alerts.ts";
import { trendRoutes } from "./routes/trends.ts";
import { tuningRoutes } from "./routes/tuning.ts";
import { workerRoutes } from "./routes/workers.ts";

/** The whole API. */
export const routes: readonly Route[] = [
  ...runRoutes,
  ...runDetailRoutes,
  ...taskRoutes,
  ...workerRoutes,
  ...demandRoutes,
  ...blobRoutes,
  ...timingRoutes,
  ...trendRoutes,
  ...trendAlertRoutes,
  ...analyticsRoutes,
  ...failureRoutes,
  ...flakyRoutes,
  ...quarantineRoutes,
  ...tokenRoutes,
  ...auditRoutes,
  ...identityRoutes,
  ...sessionRoutes,
  ...signInRoutes,
  ...githubRoutes,
  ...clusterRoutes,
  ...configurationRoutes,
  ...installationRoutes,
  ...tuningRoutes,
  ...badgeRoutes,
  ...serviceRoutes,
];

export const openApiPath = "/api/v1/openapi.json";
