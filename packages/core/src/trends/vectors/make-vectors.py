"""Writes statistics.json: what SciPy and NumPy say of some samples, for the tests of our own statistics.

python3 packages/core/src/trends/vectors/make-vectors.py     (Debian's python3-scipy or any SciPy from 1.8 on)
"""

import json
import os

import numpy
import scipy
from scipy import stats

rng = numpy.random.default_rng(20261128)


def plain(values):
    return [float(value) for value in values]


samples = [
    (plain(rng.normal(0, 1, m)), plain(rng.normal(shift, scale, n)))
    for m, n, shift, scale in [(3, 30, 2, 1), (5, 7, 0.5, 2), (10, 40, 1, 1), (6, 6, 3, 1), (40, 40, 0.7, 1.5), (12, 100, 0, 1)]
] + [(plain(rng.integers(0, 6, 25)), plain(rng.integers(1, 7, 18))), ([1.0, 1.0, 1.0, 2.0], [2.0, 2.0, 3.0, 3.0, 3.0])]

two_sample = []
for first, second in samples:
    ties = len(set(first + second)) < len(first) + len(second)
    m, n = len(first), len(second)
    exact = not ties and min(m, n) <= 10 and m * n <= 400
    whitney = stats.mannwhitneyu(first, second, alternative="two-sided", method="exact" if exact else "asymptotic")
    welch = stats.ttest_ind(first, second, equal_var=False)
    differences = sorted(b - a for a in first for b in second)
    two_sample.append({
        "first": first, "second": second, "exact": exact,
        "u": float(whitney.statistic), "u_p": float(whitney.pvalue),
        "t": float(welch.statistic), "t_p": float(welch.pvalue),
        "shift": float(numpy.median(differences)),
    })

trends = []
for values in [plain(rng.normal(0, 1, 12) + 0.3 * numpy.arange(12)), plain(rng.normal(0, 1, 40) + 0.02 * numpy.arange(40)), plain(rng.integers(0, 5, 30))]:
    n = len(values)
    slope = stats.theilslopes(values, numpy.arange(n), 0.95)
    s = sum(numpy.sign(values[j] - values[i]) for j in range(n) for i in range(j))
    _, counts = numpy.unique(values, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in counts)) / 18
    trends.append({
        "values": values, "slope": float(slope[0]), "s": float(s),
        "s_p": float(2 * stats.norm.sf(max(0, abs(s) - 1) / numpy.sqrt(variance))),
        "tau": float(stats.kendalltau(numpy.arange(n), values).statistic),
    })

ps = plain(numpy.concatenate([rng.uniform(0, 1, 20), rng.uniform(0, 0.01, 5), [0.02, 0.02, 1.0]]))
zs = [0, 0.1, 0.5, 1, 1.96, 2.9, 3, 3.1, 4, 6, 10, 20, 37, -1.5, -4]
out = {
    "made_with": f"SciPy {scipy.__version__}, NumPy {numpy.__version__}",
    "two_sample": two_sample,
    "trends": trends,
    "normal_tails": [[z, float(stats.norm.sf(z))] for z in zs],
    "normal_quantiles": [[p, float(stats.norm.isf(p))] for p in [0.9, 0.5, 0.3, 0.1, 0.025, 0.001, 1e-6, 1e-12, 1e-100]],
    "student_tails": [[t, v, float(2 * stats.t.sf(abs(t), v))] for t in [0, 0.5, 2, -3, 8] for v in [1, 2.5, 10, 100]],
    "false_discovery": {"ps": ps, "qs": plain(stats.false_discovery_control(ps, method="bh"))},
}
with open(os.path.join(os.path.dirname(__file__), "statistics.json"), "w") as file:
    json.dump(out, file, indent=1)
    file.write("\n")
