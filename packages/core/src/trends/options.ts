/** What may be asked of an analysis. There is one set of defaults, for every series. */
export interface AnalysisOptions {
  /** The least change worth telling, as a share of the level before. */
  readonly minimumEffect: number;
  /** The size of a change, as a share of the level, that a series should be able to show; it is said of those that cannot. */
  readonly effectThatMatters: number;
  /** The share of false ones among the changes that `analyseBatch` tells, at most. */
  readonly falseDiscoveryRate: number;
}

export const analysisDefaults: AnalysisOptions = { minimumEffect: 0.02, effectThatMatters: 0.1, falseDiscoveryRate: 0.05 };
