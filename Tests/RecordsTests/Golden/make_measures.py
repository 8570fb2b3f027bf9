"""Makes measures.json: errors of regressions and measures of classes by scikit-learn.

    python make_measures.py > measures.json

Needs numpy and scikit-learn.
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.metrics import mean_absolute_error, mean_squared_error, precision_recall_fscore_support, r2_score

random = np.random.default_rng(5)


def regression(targets, predictions):
    def each(measure):
        return measure(targets, predictions, multioutput="raw_values").tolist()

    return {
        "targets": targets.tolist(), "predictions": predictions.tolist(),
        "rSquared": each(r2_score), "meanSquaredError": each(mean_squared_error),
        "meanAbsoluteError": each(mean_absolute_error),
        "meanRSquared": float(r2_score(targets, predictions)),
    }


def classes(truth, predicted, count):
    def measures(labels, average):
        return precision_recall_fscore_support(truth, predicted, labels=labels, average=average, zero_division=0)

    precision, recall, f1, support = measures(range(count), None)
    macro = measures(np.unique(truth), "macro")[:3]
    return {
        "classes": count, "truth": truth.tolist(), "predicted": predicted.tolist(), "precision": precision.tolist(),
        "recall": recall.tolist(), "f1": f1.tolist(), "samples": support.tolist(),
        "macro": [float(value) for value in macro],
    }


def noise(count, width, offset, scale, error):
    targets = np.asarray(offset) + np.asarray(scale) * random.standard_normal((count, width))
    return targets, targets + np.asarray(error) * random.standard_normal((count, width))


regressions = {
    "one number": regression(*noise(41, 1, [3.0], [2.0], [0.7])),
    "three numbers": regression(*noise(37, 3, [0.0, -50.0, 1e5], [1.0, 1e-3, 3e4], [0.2, 2e-3, 1e4])),
    "large offsets": regression(*noise(53, 2, [1e9, -1e9], [1.0, 0.5], [0.3, 2.0])),
    "the mean": regression(np.array([[1.0], [2.0], [6.0]]), np.array([[3.0], [3.0], [3.0]])),
}
# The first number is far from all others.
targets, predictions = noise(29, 1, [4.0], [1.0], [0.5])
targets[0] += 1e6
predictions[0] += 1e6
regressions["an outlier first"] = regression(targets, predictions)

truths = random.integers(0, 7, 120)
guesses = np.where(random.random(120) < 0.6, truths, random.integers(0, 7, 120))
judged = {
    "two classes": classes(truths % 2, guesses % 2, 2),
    "seven classes": classes(truths, guesses, 7),
    # Class 2 is never predicted, class 5 has no samples and is predicted, class 7 is neither.
    "gaps": classes(np.where(truths == 5, 1, truths), np.where(guesses == 2, 3, guesses), 8),
    "all wrong": classes(np.array([0, 1, 0]), np.array([1, 0, 1]), 2),
}

json.dump(
    {"scikitLearn": sklearn.__version__, "regressions": regressions, "classes": judged}, sys.stdout,
    separators=(",", ":"))
print()
