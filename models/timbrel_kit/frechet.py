"""The Frechet distance between two sets of features, taken as normal distributions.

Pure NumPy; used by the report (K. Kilgour et al., "Frechet Audio Distance", 2019, equation 1, on other features).
Promises 0 for equal sets, and the squared distance of means for sets that are only shifted; see `test_measures.py`.
"""

from __future__ import annotations

import numpy as np

from timbrel_kit.features import Floats


def frechet_distance(ours: Floats, theirs: Floats) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^1/2) of features [N, D] and [M, D].

    The trace of the root is the sum of the singular values of A1' A2, where A A' = C: no root of a matrix is taken, so
    that sets smaller than D do no harm.
    """
    first, second = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    gap = first.mean(0) - second.mean(0)
    a, b = _deviations(first), _deviations(second)
    root = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(gap @ gap + (a**2).sum() + (b**2).sum() - 2.0 * root)


def _deviations(features: Floats) -> np.ndarray:
    """Rows [N, D] whose sum of outer products is the covariance."""
    return (features - features.mean(0)) / np.sqrt(max(len(features) - 1, 1))
