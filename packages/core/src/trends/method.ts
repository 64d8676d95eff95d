/** What the analysis goes by. These are no options: one set for every series, chosen as docs/trends-method.md tells. */
export const method = {
  /** A point so many deviations off its level counts no worse than that. */
  bound: 3.5,
  /** What a change costs, in units of log n. */
  penalty: 5,
  /** The share of the whole spread that the deviation of a single point is at least. */
  leastShareOfSpread: 0.3,
  /** Distance of the levels that are tried, in deviations, and how many there are at most. */
  levelStep: 0.3,
  levelsLimit: 512,
  /** Of n points a correlation below this / √n is taken for chance, and unknownAutocorrelation / n assumed. */
  autocorrelationFrom: 0.7,
  unknownAutocorrelation: 2,
  mostAutocorrelation: 0.9,
  /** Points of either side that a change is tested with. */
  sideLimit: 40,
  rankSignificance: 0.001,
  /** The chance of one false change in a whole series. */
  seriesSignificance: 0.0225,
  /** From so many deviations on a shift is no whim of noise that is alike, and counts by its ranks alone. */
  clearDeviations: 4,
  /** The least shift, in deviations. */
  leastDeviations: 1,
  /** Bounded loss up to this above the least: the places that a change may have. */
  locationLoss: 5,
  locationCoverage: 0.9,
  /** Points far off: so many robust deviations of their stretch, and so many of its interquartile ranges outside the quartiles. */
  anomalyDeviations: 4,
  anomalyFence: 3,
  anomalyPoints: 8,
  driftPoints: 20,
  driftBins: 60,
  driftSignificance: 0.001,
  /** Points at both ends that are compared for what no step shows. */
  baselinePoints: 20,
  /** Machines are compared where they follow each other, so many times at least. */
  machinePairs: 5,
  machineSureness: 4,
  machineLeastDeviations: 0.5,
  /** A change should be seen within so many points. */
  noticePoints: 10,
  /** Of a longer series the newest are looked at, this many at most, and dropped in steps. */
  pointsLimit: 2_000,
  pointsStep: 500,
  /** The noise is estimated anew with each point up to here, and later whenever the series has grown by the share. */
  refitUntil: 24,
  refitGrowth: 1.1,
} as const;
