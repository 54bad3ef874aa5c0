"""The data sets and the order in which they are met."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler

from lessons_pkg.data import digits, minibatches, sparse_features

PIXELS, LABELS = load_digits(return_X_y=True)


@pytest.mark.parametrize(
    ("data_set", "sizes", "width", "classes"),
    [(digits, (1197, 300, 300), 64, 10), (sparse_features, (2000, 500, 500), 100, 2)],
)
class TestDataSets:
    def test_the_parts(self, data_set, sizes, width, classes):
        data = data_set()
        for (x, y), n in zip(data, sizes, strict=True):
            assert x.shape == (n, width)
            assert x.dtype == np.float64
            assert y.shape == (n,)
            assert y.dtype.kind == "i"
            assert set(np.unique(y)) == set(range(classes))

    def test_one_seed_is_one_data_set(self, data_set, sizes, width, classes):
        for part, again, other in zip(data_set(), data_set(0), data_set(1), strict=True):
            np.testing.assert_array_equal(part[0], again[0])
            np.testing.assert_array_equal(part[1], again[1])
            assert not np.array_equal(part[0], other[0])

    def test_float32(self, data_set, sizes, width, classes):
        for single, double in zip(data_set(dtype=np.float32), data_set(), strict=True):
            assert single[0].dtype == np.float32
            np.testing.assert_array_equal(single[0], double[0].astype(np.float32))
            np.testing.assert_array_equal(single[1], double[1])


def test_the_digits_are_all_there_once():
    """Undo the standardisation, and find scikit-learn's images with their labels."""
    data = digits()
    order = np.random.default_rng(0).permutation(len(PIXELS))
    train = PIXELS[order[:1197]]
    scale = np.where(train.std(axis=0) > 0, train.std(axis=0), 1.0)
    images = np.vstack([x for x, _ in data]) * scale + train.mean(axis=0)
    found = sorted(zip(map(tuple, images.round(9)), np.hstack([y for _, y in data]), strict=True))
    assert found == sorted(zip(map(tuple, PIXELS), LABELS, strict=True))


def test_the_digits_are_standardised_by_the_training_images_alone():
    (x, _), (x_validation, _), (x_test, _) = digits()
    np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=1e-12)
    deviation = x.std(axis=0)
    assert set(deviation.round(12)) == {0.0, 1.0}
    scaler = StandardScaler().fit(PIXELS[np.random.default_rng(0).permutation(1797)[:1197]])
    rest = PIXELS[np.random.default_rng(0).permutation(1797)[1197:]]
    np.testing.assert_allclose(np.vstack([x_validation, x_test]), scaler.transform(rest), atol=1e-12)
    assert abs(x_validation.mean()) > 1e-4


def test_the_sparse_features_are_common_to_rare_and_of_equal_weight():
    (x, y), _, _ = sparse_features()
    assert set(np.unique(x)) == {0.0, 1.0}
    p = np.geomspace(0.5, 0.005, 100)
    assert np.all(np.abs(x.mean(axis=0) - p) < 5 * np.sqrt(p * (1 - p) / len(x)))
    assert 0.4 < y.mean() < 0.6
    # Each feature tells as much of the label as any other, rare or common: |correlation| about √(2/π) / √100.
    correlation = np.abs([np.corrcoef(x[:, j], y)[0, 1] for j in range(100)])
    assert correlation[:50].mean() == pytest.approx(0.08, abs=0.015)
    assert correlation[50:].mean() == pytest.approx(0.08, abs=0.015)


@pytest.mark.parametrize(
    ("n", "batch_size", "sizes"), [(10, 3, [3, 3, 3, 1]), (10, 5, [5, 5]), (3, 8, [3]), (2, 1, [1, 1])]
)
def test_every_example_comes_once_and_the_last_batch_may_be_short(n, batch_size, sizes):
    x, y = np.arange(2.0 * n).reshape(n, 2), np.arange(n)
    batches = list(minibatches(x, y, batch_size, np.random.default_rng(0)))
    assert [len(labels) for _, labels in batches] == sizes
    labels = np.hstack([labels for _, labels in batches])
    assert sorted(labels) == list(range(n))
    np.testing.assert_array_equal(np.vstack([inputs for inputs, _ in batches]), x[labels])


def test_the_seed_decides_the_order_and_each_pass_has_another():
    def one_pass(rng):
        return np.hstack(
            [labels for _, labels in minibatches(np.zeros(100), np.arange(100), 7, rng)]
        ).tolist()

    rng = np.random.default_rng(3)
    first, second = one_pass(rng), one_pass(rng)
    assert first != second
    assert first != list(range(100))
    assert first == one_pass(np.random.default_rng(3))


@pytest.mark.parametrize(
    ("n_labels", "batch_size", "message"),
    [
        (4, 2, "same length, got 5 and 4"),
        (5, 0, "batch_size must be an integer >= 1, got 0"),
        (5, -1, "got -1"),
        (5, 2.0, r"got 2\.0"),
    ],
)
def test_wrong_arguments_are_named_at_once(n_labels, batch_size, message):
    with pytest.raises(ValueError, match=message):
        minibatches(np.zeros(5), np.zeros(n_labels), batch_size, np.random.default_rng(0))
