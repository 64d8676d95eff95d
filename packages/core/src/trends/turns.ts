/**
 * In which order commits are measured on one machine: in turns, each second round the other way about, so that a machine that becomes slower
 * little by little does no side a favour.
 * @returns places in the list of commits, `times` of each
 */
export function measuringTurns(commits: number, times: number): number[] {
  return Array.from({ length: times }, (_, round) => {
    const order = Array.from({ length: commits }, (_unused, at) => at);
    return round % 2 === 0 ? order : order.toReversed();
  }).flat();
}
