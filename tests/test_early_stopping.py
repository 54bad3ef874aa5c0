"""Early stopping: when it stops, what it keeps, what it puts back."""

import pickle
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_pkg.early_stopping import EarlyStopping


def run(stopper, scores):
    """Feed the scores; the step that said stop, or None. The parameters of step k are all equal to k."""
    params = [np.zeros((2, 3)), np.zeros(4, dtype=np.float32), np.zeros(())]
    for step, score in enumerate(scores):
        for p in params:
            p[...] = step
        if stopper.step(score, params):
            return step, params
    return None, params


def values(params):
    return {float(value) for p in params for value in p.flat}


# (arguments, scores, the step that stops, the best step)
RUNS = [
    (dict(patience=1), [3, 2, 1], None, 2, "always better"),
    (dict(patience=1), [3, 2, 2], 2, 1, "equal is no improvement"),
    (dict(patience=1), [1, 2], 1, 0, "worse at once"),
    (dict(patience=3), [1, 2, 2, 2], 3, 0, "three in a row"),
    (dict(patience=3), [1, 2, 2, 0.5, 2, 2], None, 3, "an improvement starts the count again"),
    (dict(patience=3), [1, 2, 2, 0.5, 2, 2, 2], 6, 3, ""),
    (dict(patience=2), [5, 4, 4.5, 4.2], 3, 1, "better than the last is not better than the best"),
    (dict(patience=2, min_delta=0.5), [4, 3.5, 3.5], 2, 0, "by just the margin is not enough"),
    (dict(patience=2, min_delta=0.5), [4, 3.75, 3.25], None, 2, "two small gains make one that counts"),
    (dict(patience=2, mode="max"), [0.1, 0.5, 0.4, 0.5], 3, 1, ""),
    (dict(patience=2, mode="max", min_delta=0.25), [0.5, 0.75, 0.75], 2, 0, ""),
    (dict(patience=2, mode="max"), [-5, -4, -6, -3], None, 3, "below zero"),
    (dict(patience=2), [1, nan, nan], 2, 0, "NaN counts as no improvement"),
    (dict(patience=2), [nan, 1, nan, 2], 3, 1, "also when it comes first"),
    (dict(patience=2), [1, inf, -inf], None, 2, "infinities are compared as they are"),
]


@pytest.mark.parametrize(("arguments", "scores", "stop", "best", "comment"), RUNS)
def test_stops_and_restores(arguments, scores, stop, best, comment):
    stopper = EarlyStopping(**arguments)
    stopped_at, params = run(stopper, scores)
    assert (stopped_at, stopper.best_step, stopper.best_score) == (stop, best, scores[best])
    last = len(scores) - 1
    assert values(params) == {best if stop is not None else last}, "put back only when it says stop"
    stopper.restore(params)
    assert values(params) == {best}


@given(
    scores=st.lists(st.integers(-8, 8).map(float) | st.just(nan), min_size=1, max_size=30),
    patience=st.integers(1, 6),
    min_delta=st.sampled_from([0.0, 1.0, 2.5]),
)
def test_equals_the_definition_read_off_the_whole_history(scores, patience, min_delta):
    numbers = [step for step, score in enumerate(scores) if score == score]
    improvements = numbers[:1]
    for step in numbers[1:]:
        if scores[step] < scores[improvements[-1]] - min_delta:
            improvements.append(step)
    ends = [
        step
        for step in range(len(scores))
        if step - max([-1, *(i for i in improvements if i <= step)]) == patience
    ]
    stop = ends[0] if ends else None
    for mode, sign in (("min", 1), ("max", -1)):
        stopper = EarlyStopping(patience, min_delta, mode, restore_best=False)
        said = [stopper.step(sign * score) for score in scores[: None if stop is None else stop + 1]]
        assert said == [step == stop for step in range(len(said))]
        kept = [step for step in improvements if stop is None or step <= stop]
        assert stopper.best_step == (kept[-1] if kept else None)


def test_the_copy_is_its_own():
    params = [np.ones(3)]
    stopper = EarlyStopping(patience=5)
    stopper.step(1.0, params)
    params[0][:] = 7
    same_array = params[0]
    stopper.restore(params)
    assert params[0] is same_array and values(params) == {1}
    params[0][:] = 8
    assert values(stopper.best_params) == {1}, "what was restored is not the copy itself"


def test_restores_into_arrays_that_are_views():
    base = np.zeros((4, 6))
    view = base[::2, ::3].T
    stopper = EarlyStopping(patience=1)
    stopper.step(1.0, [view])
    view[...] = 5
    assert stopper.step(2.0, [view])
    assert not base.any()


def test_without_restore_best_nothing_is_copied_or_put_back():
    stopper = EarlyStopping(patience=1, restore_best=False)
    stopped_at, params = run(stopper, [1, 2])
    assert stopped_at == 1 and values(params) == {1} and stopper.best_params is None
    with pytest.raises(ValueError, match="restore_best is False"):
        stopper.restore(params)


@pytest.mark.parametrize("interruption", range(8))
def test_resumes_from_a_saved_state(interruption):
    scores = [5, 4, 4.5, 3, 3.5, 3.2, 3.1, 9]
    whole = EarlyStopping(patience=3)
    stop, expected = run(whole, scores)
    assert stop == 6
    before = EarlyStopping(patience=3)
    run(before, scores[: min(interruption, stop)])
    resumed = EarlyStopping(patience=1, mode="max")
    resumed.load_state_dict(pickle.loads(pickle.dumps(before.state_dict())))
    params = [np.zeros((2, 3)), np.zeros(4, dtype=np.float32), np.zeros(())]
    for step in range(min(interruption, stop), stop + 1):
        for p in params:
            p[...] = step
        assert resumed.step(scores[step], params) == (step == stop)
    assert (resumed.best_step, resumed.best_score) == (whole.best_step, whole.best_score) == (3, 3)
    assert values(params) == values(expected) == {3}


def test_a_saved_state_is_a_copy():
    stopper = EarlyStopping(patience=3)
    run(stopper, [1])
    state = stopper.state_dict()
    state["best_params"][0][:] = 9
    assert values(stopper.best_params) == {0}
    other = EarlyStopping(patience=3)
    other.load_state_dict(state)
    state["best_params"][0][:] = 5
    assert 5 not in values(other.best_params)


def test_another_state_is_refused():
    stopper = EarlyStopping(patience=3)
    with pytest.raises(ValueError, match=r"state_dict has the keys \['lr'\]"):
        stopper.load_state_dict({"lr": 0.1})


REFUSED = [
    (dict(patience=0), ValueError, "patience is 0; it must be an integer, 1 or more"),
    (dict(patience=2.0), TypeError, "patience is 2.0"),
    (dict(patience=2, min_delta=-0.1), ValueError, "min_delta is -0.1; .* 0 or more"),
    (dict(patience=2, min_delta=nan), ValueError, "min_delta is nan"),
    (dict(patience=2, min_delta="0"), TypeError, "min_delta is '0'"),
    (dict(patience=2, mode="less"), ValueError, "mode is 'less'; it must be 'min' or 'max'"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), REFUSED, ids=[case[2] for case in REFUSED])
def test_refused_by_name_and_value(arguments, error, message):
    with pytest.raises(error, match=message):
        EarlyStopping(**arguments)


@pytest.mark.parametrize("params", [None, np.ones(3), [[1.0]], [1.0]])
def test_what_is_no_list_of_arrays_is_refused(params):
    with pytest.raises(TypeError, match=r"params is a \w+; it must be a list of NumPy arrays"):
        EarlyStopping(patience=1).step(1.0, params)


@pytest.mark.parametrize(
    "other",
    [[np.ones(3)], [np.ones(3), np.ones(2)], [np.ones(3), np.ones((2, 2), dtype=np.float32)]],
    ids=["fewer", "shape", "dtype"],
)
def test_other_parameters_are_refused_and_left_alone(other):
    stopper = EarlyStopping(patience=1)
    stopper.step(1.0, [np.zeros(3), np.zeros((2, 2))])
    with pytest.raises(ValueError, match="params has the shapes and dtypes"):
        stopper.restore(other)
    assert values(other) == {1}


def test_nothing_to_restore():
    stopper = EarlyStopping(patience=2)
    with pytest.raises(ValueError, match="of the 0 scores so far none improved on inf"):
        stopper.restore([np.ones(3)])
    assert not stopper.step(nan, [np.ones(3)])
    with pytest.raises(ValueError, match="of the 2 scores so far none improved on inf"):
        stopper.step(nan, [np.ones(3)])
