/** Normal noise of variance 1 that is the same for the same seed: Lehmer's generator with Park and Miller's constants, by Box and Muller. */
export function seededNormal(seed: number): () => number {
  let state = (seed * 7919) % 2_147_483_647 || 1;
  const uniform = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let warm = 0; warm < 10; warm += 1) uniform();
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
