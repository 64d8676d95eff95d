import type { Scope } from "@shardwright/core";
import type { ComponentType } from "preact";

/** What a page is given: the parts of its path that have names. */
export interface PageProps {
  readonly params: Readonly<Record<string, string>>;
}

export interface PageDefinition {
  /** With `:name` for what differs. */
  readonly path: string;
  /** What it is called in the navigation; absent for pages that are reached from others. */
  readonly nav?: string;
  /** Of the navigation's entry that stands for it, where it has none of its own. */
  readonly below?: string;
  /** Only who may do this is offered it. */
  readonly needs?: Scope;
  readonly load: () => Promise<{ readonly default: ComponentType<PageProps> }>;
}

/** All pages, in the order of the navigation. Each is fetched when it is first shown. */
export const pages: readonly PageDefinition[] = [
  { path: "/", nav: "Runs", load: () => import("./runs/runs-page.tsx") },
  { path: "/runs/:run", below: "/", load: () => import("./run/run-page.tsx") },
  { path: "/runs/:run/tasks/:task", below: "/", load: () => import("./task/task-page.tsx") },
  { path: "/tests", nav: "Tests", load: () => import("./tests/tests-page.tsx") },
  { path: "/test", below: "/tests", load: () => import("./test/test-page.tsx") },
  { path: "/trends", nav: "Trends", load: () => import("./trends/trends-page.tsx") },
  { path: "/trends/:series", below: "/trends", load: () => import("./trends/series-page.tsx") },
  { path: "/alerts", nav: "Alerts", load: () => import("./alerts/alerts-page.tsx") },
  { path: "/alerts/:alert", below: "/alerts", load: () => import("./alerts/alert-page.tsx") },
  { path: "/analytics", nav: "Analytics", load: () => import("./analytics/analytics-page.tsx") },
  { path: "/workers", nav: "Workers", load: () => import("./workers/workers-page.tsx") },
  { path: "/workers/:worker", below: "/workers", load: () => import("./workers/worker-page.tsx") },
  { path: "/cluster", nav: "Cluster", load: () => import("./cluster/cluster-page.tsx") },
  { path: "/settings", nav: "Settings", needs: "admin", load: () => import("./settings/settings-page.tsx") },
];
