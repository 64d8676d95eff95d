/** What may be asked of an analysis. There is one set of defaults, for every series. */
export interface AnalysisOptions {
  /** The least change worth telling, as a share of the level before. */
  readonly minimumEffect: number;
  /** The chance of a false change that is allowed in one series, at most. */
  readonly significance: number;
  /** The share of false ones among the changes that `analyseBatch` tells, at most. */
  readonly falseDiscoveryRate: number;
}

export const analysisDefaults: AnalysisOptions = { minimumEffect: 0.02, significance: 0.001, falseDiscoveryRate: 0.05 };
