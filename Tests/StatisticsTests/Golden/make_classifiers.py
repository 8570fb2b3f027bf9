"""Makes classifiers.json: the ROC curve and its area by scikit-learn, and the expected calibration error by its formula.

    python make_classifiers.py > classifiers.json

Needs numpy and scikit-learn. Scores are doubles that JSON gives back exactly.
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.metrics import roc_auc_score, roc_curve


def roc(scores, positive):
    alarms, hits, _ = roc_curve(positive, scores, drop_intermediate=False)
    return {
        "scores": scores.tolist(), "isPositive": [bool(p) for p in positive],
        "area": float(roc_auc_score(positive, scores)),
        "falsePositives": alarms.tolist(), "truePositives": hits.tolist(),
    }


def calibration(confidences, right, bins):
    """Guo et al. 2017, equation 3, with the intervals ((m - 1) / M, m / M]."""
    edges = np.arange(bins + 1) / bins
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidences > low) & (confidences <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidences[inside].mean())
    return {
        "confidences": confidences.tolist(), "isRight": [bool(r) for r in right], "bins": bins, "expected": float(error)}


random = np.random.default_rng(11)
curves = {}
for name, count, levels, gap in [
    ("many ties", 83, 6, 0.15), ("two scores", 31, 1, 0.3), ("hardly any tie", 101, 10**6, 0.25),
    ("worse than chance", 57, 20, -0.2), ("large", 150, 40, 0.1),
]:
    positive = random.random(count) < 0.37
    scores = np.clip(random.random(count) + gap * positive, 0, 1)
    curves[name] = roc(np.round(scores * levels) / levels, positive)
curves["all scores equal"] = roc(np.full(9, 0.5), np.arange(9) % 2 == 0)
curves["perfect"] = roc(np.arange(8) / 8, np.arange(8) > 3)
curves["one positive"] = roc(random.random(12), np.arange(12) == 7)

errors = {}
for name, count, bins, sharpness in [("15 bins", 211, 15, 1.0), ("overconfident", 97, 15, 0.2), ("7 bins", 60, 7, 1.4)]:
    confidences = 0.1 + 0.9 * random.random(count) ** sharpness
    errors[name] = calibration(confidences, random.random(count) < 0.75 * confidences, bins)
# Numbers that lie on the ends of intervals, which belong to the lower one.
errors["ends of intervals"] = calibration(np.array([0.25, 0.25, 0.5, 0.75, 1.0, 0.375]), np.array([1, 0, 1, 1, 0, 1]), 4)

json.dump(
    {"scikitLearn": sklearn.__version__, "curves": curves, "calibrations": errors}, sys.stdout, indent=None,
    separators=(",", ":"))
print()
