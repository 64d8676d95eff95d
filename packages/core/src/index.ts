export * from "./analytics/clusters-by-week.ts";
export * from "./analytics/days.ts";
export * from "./analytics/fleet.ts";
export { readPrices } from "./analytics/prices.ts";
export * from "./errors/catalogue.ts";
export * from "./errors/shardwright-error.ts";
export * from "./junit/decode-junit.ts";
export { locateCases } from "./junit/locate-cases.ts";
export { projectFiles, type ProjectFiles } from "./junit/project-files.ts";
export { isGoTest, readGoTest } from "./junit/read-go-test.ts";
export * from "./junit/read-junit.ts";
export type { JunitCase } from "./junit/read-case.ts";
export * from "./junit/write-gitlab-junit.ts";
export { writeJunit, type JunitOptions } from "./junit/write-junit.ts";
export * from "./metrics/formats.ts";
export * from "./metrics/hardware.ts";
export * from "./metrics/keeping.ts";
export * from "./metrics/metric-lines.ts";
export * from "./metrics/replicates.ts";
export * from "./metrics/series-name.ts";
export * from "./model/account.ts";
export * from "./model/action.ts";
export * from "./model/artifact.ts";
export * from "./model/attempt.ts";
export * from "./model/breaker.ts";
export * from "./model/case.ts";
export * from "./model/browser-pool.ts";
export * from "./model/clearing-up.ts";
export * from "./model/coordinator-health.ts";
export * from "./model/count.ts";
export * from "./model/fact.ts";
export * from "./model/fact-versions.ts";
export * from "./model/failover-profile.ts";
export * from "./model/forecast.ts";
export * from "./model/health.ts";
export * from "./model/ids.ts";
export * from "./model/incident.ts";
export * from "./model/judgement.ts";
export * from "./model/manifest.ts";
export * from "./model/metric.ts";
export * from "./model/sound-measurements.ts";
export { plainText, stripAnsi, withoutControls } from "./model/plain-text.ts";
export * from "./model/quarantine.ts";
export { repositoryAddress } from "./model/repository-address.ts";
export * from "./model/quota.ts";
export * from "./model/browser-tags.ts";
export * from "./model/reported-metric.ts";
export * from "./model/requirement.ts";
export * from "./model/run.ts";
export * from "./model/shared-setting.ts";
export * from "./model/task.ts";
export * from "./model/token.ts";
export * from "./model/trace-parent.ts";
export * from "./model/trend-alert.ts";
export * from "./model/trend-confirmation.ts";
export * from "./model/tuning.ts";
export * from "./model/watched-branches.ts";
export * from "./model/worker.ts";
export * from "./model/workspace.ts";
export * from "./planning/deal.ts";
export * from "./planning/dealing-policy.ts";
export * from "./planning/demand.ts";
export * from "./planning/estimate.ts";
export * from "./planning/expected-wait.ts";
export * from "./planning/fair-share.ts";
export * from "./planning/pace.ts";
export * from "./planning/pending-queue.ts";
export * from "./planning/remaining.ts";
export * from "./planning/slots.ts";
export * from "./planning/speculate.ts";
export * from "./planning/split.ts";
export * from "./planning/split-file.ts";
export * from "./protocol/analytics.ts";
export * from "./protocol/audit.ts";
export * from "./protocol/blobs.ts";
export * from "./protocol/chart.ts";
export * from "./protocol/breakers.ts";
export * from "./protocol/cluster.ts";
export * from "./protocol/configuration.ts";
export * from "./protocol/demand.ts";
export * from "./protocol/failures.ts";
export * from "./protocol/flaky.ts";
export * from "./protocol/identity.ts";
export * from "./protocol/log-lines.ts";
export * from "./protocol/output.ts";
export * from "./protocol/quarantine.ts";
export * from "./protocol/run-failures.ts";
export * from "./protocol/run-changes.ts";
export * from "./protocol/runs.ts";
export * from "./protocol/session.ts";
export * from "./protocol/installation.ts";
export * from "./protocol/task-detail.ts";
export * from "./protocol/test-history.ts";
export * from "./protocol/timeline.ts";
export * from "./protocol/tokens.ts";
export * from "./protocol/trend-alerts.ts";
export * from "./protocol/trend-analysis.ts";
export * from "./protocol/trend-comparison.ts";
export * from "./protocol/trends.ts";
export * from "./protocol/tuning.ts";
export * from "./protocol/workers.ts";
export * from "./reports/annotations.ts";
export * from "./reports/ansi.ts";
export * from "./reports/artifacts.ts";
export { browsersOf, compareBrowsers } from "./reports/browsers/compare.ts";
export { browserMemory, type BrowserMemory } from "./reports/browsers/memory.ts";
export * from "./reports/browsers/schema.ts";
export { browserOutcome, browsersSentence } from "./reports/browsers/words.ts";
export * from "./reports/code-owners.ts";
export * from "./reports/comparison.ts";
export * from "./reports/comparison-runs.ts";
export * from "./reports/comparison-schema.ts";
export * from "./reports/comparison-words.ts";
export {
  countCases,
  countTries,
  earlierTries,
  failedBefore,
  finalAttempt,
  finalAttempts,
  finalCases,
  isBad,
  isBadCase,
  isFlakyCase,
  isQuarantinedCase,
} from "./reports/final-cases.ts";
export * from "./reports/format.ts";
export * from "./reports/from-cases.ts";
export { failuresOfAttempt, type AttemptFailure } from "./reports/attempt-failures.ts";
export * from "./reports/evidence.ts";
export { faultNotes, groupNote, type FaultNote } from "./reports/fault-notes.ts";
export { faultsOf, isItsOwnStory, type Fault } from "./reports/faults.ts";
export { groupFailures, isWithoutResult, kindWords, type FailureGroup } from "./reports/groups.ts";
export * from "./reports/failure-schema.ts";
export { analyseFailures, associationFields, causeWords, failuresOf } from "./reports/failure-analysis.ts";
export { circumstancesOf } from "./reports/observations.ts";
export { escapeHtml } from "./reports/html/escape.ts";
export { htmlChunks, writeHtml, type HtmlOptions } from "./reports/html/write-html.ts";
export * from "./reports/json.ts";
export { escapeMarkdown } from "./reports/markdown-escape.ts";
export { markdownLimitBytes, writeMarkdown } from "./reports/markdown.ts";
export * from "./reports/merge.ts";
export { markQuarantined, missingSentences, quarantineOf, quarantineWords, entryFor } from "./reports/quarantine.ts";
export * from "./reports/recovery-phrase.ts";
export { repetitionSentence, withRepetitions } from "./reports/repetitions.ts";
export { reproductions, type Reproduction } from "./reports/reproduce.ts";
export * from "./reports/run-report.ts";
export { quoteWord, quoteWords } from "./reports/shell-words.ts";
export * from "./reports/timeline.ts";
export { csvLine } from "./reports/csv.ts";
export {
  ComparisonBuilder,
  comparedConfigurationsLimit,
  type ComparedCell,
  type ComparedConfiguration,
  type ComparedMetric,
  type TrendComparison,
} from "./reports/trends/comparison.ts";
export { choosesPoints, readConfiguration, type CompareBy, type Configuration } from "./reports/trends/configurations.ts";
export { trendCsv } from "./reports/trends/csv.ts";
export { commitAddress } from "./reports/trends/html/links.ts";
export { trendHtml } from "./reports/trends/html/write-trend-html.ts";
export { trendJson } from "./reports/trends/json.ts";
export { trendMarkdown } from "./reports/trends/markdown.ts";
export { drawTrend, type TrendDrawing } from "./reports/trends/picture/draw.ts";
export { type TrendPicture, pictureOf } from "./reports/trends/picture/picture-of.ts";
export type { PicturePoint, PictureSeries } from "./reports/trends/picture/picture-series.ts";
export type { PictureScale, PictureSize, PictureView } from "./reports/trends/picture/scale.ts";
export { ofMainBranch, seriesPoint } from "./reports/trends/points.ts";
export { type RangeCommit, type RangeHistory, rangeCommitsLimit, rangeHistoryLines } from "./reports/trends/range-history.ts";
export { TrendReportBuilder } from "./reports/trends/report-builder.ts";
export { totalsSentence } from "./reports/trends/totals-words.ts";
export type * from "./reports/trends/trend-report.ts";
export {
  chanceWords,
  changeWords,
  heatClass,
  metricName,
  percentWords,
  rangeWords,
  ratioIntervalWords,
  ratioWords,
  type RemarkedTrend,
  remarksOf,
  shareWords,
  shortCommit,
  testName,
  valueWords,
} from "./reports/trends/words.ts";
export * from "./resilience/backoff.ts";
export * from "./resilience/blame.ts";
export * from "./resilience/breaker.ts";
export * from "./resilience/browser-signs.ts";
export * from "./resilience/coordinator-health.ts";
export * from "./resilience/exhaustion.ts";
export * from "./resilience/forecast-sentence.ts";
export * from "./resilience/health.ts";
export * from "./resilience/machine-signs.ts";
export * from "./resilience/order-search.ts";
export * from "./resilience/recovery.ts";
export * from "./resilience/recovery-strategy.ts";
export { associateAcrossRuns, type LongAssociation, type ObservedRun } from "./resilience/across-runs.ts";
export { type CaseAttempt, type Flakiness, flakinessOf, steadinessOf } from "./resilience/flakiness.ts";
export { excusedAttempts, excusedUnits, massFailureLeast, massFailures } from "./resilience/mass-failure.ts";
export { isEnvironmental, type Observation } from "./resilience/observation.ts";
export { fingerprintOf } from "./resilience/fingerprint.ts";
export * from "./resilience/outage.ts";
export { associationSentence } from "./resilience/sentence.ts";
export * from "./resilience/retry-policy.ts";
export * from "./resilience/sequential-test.ts";
export * from "./resilience/suspicion.ts";
export * from "./resilience/time-limit.ts";
export * from "./resilience/tuning/controller.ts";
export { parameterDefinitions, type ParameterDefinition, type ParameterDefinitions } from "./resilience/tuning/parameters.ts";
export { falseKeepChance } from "./resilience/tuning/trial.ts";
export { emptyTally, type Tally } from "./resilience/tuning/tally.ts";
export * from "./trends/alert.ts";
export * from "./trends/alerts.ts";
export * from "./trends/analyse-series.ts";
export * from "./trends/analysis.ts";
export { benjaminiHochberg } from "./trends/benjamini-hochberg.ts";
export { blockPermutation } from "./trends/block-permutation.ts";
export * from "./trends/bisection.ts";
export * from "./trends/commit-range.ts";
export * from "./trends/comparison.ts";
export * from "./trends/confirmation.ts";
export * from "./trends/e-divisive.ts";
export { hodgesLehmann } from "./trends/hodges-lehmann.ts";
export { mannKendall, type MannKendall } from "./trends/mann-kendall.ts";
export { mannWhitney, type MannWhitney } from "./trends/mann-whitney.ts";
export { noiseSentence } from "./trends/noise.ts";
export * from "./trends/measured-value.ts";
export * from "./trends/options.ts";
export { outlookOf, type Outlook, type OutlookPoint } from "./trends/outlook.ts";
export * from "./trends/series.ts";
export * from "./trends/series-state.ts";
export { measuringTurns } from "./trends/turns.ts";
export { welchTest, type TTest } from "./trends/welch.ts";
