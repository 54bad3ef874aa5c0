"""Optimizer: applies a rule to NumPy arrays, in place."""

import math

import numpy as np

from lessons_pkg.protocol import bind, check_hyperparameters, read_signature
from lessons_pkg.recording import numpy_kernel, record

# Bytes of a parameter that are updated at a time. What a rule computes on the way then stays in the cache;
# in blocks a tenth of the size the calls would cost more than the arithmetic.
BLOCK = 2**18


class Optimizer:
    """Updates NumPy arrays in place by a rule of :mod:`lessons_pkg.rules`.

    The counterpart of ``torch.optim.Optimizer`` for arrays. Gradients are handed to :meth:`step`; a gradient
    of ``None`` leaves its parameter, the memories and the step count as they are.

    An elementwise rule runs on blocks: a large array is cut, small ones are gathered. The result is the same
    to the bit, since each element sees only its own gradient and memories.

    Args:
        params: a list of float arrays of any shape, or a list of groups, each a dict with ``"params"`` and
            the hyperparameters that differ from those given here. The arrays must be C-contiguous and
            writeable.
        rule: the update rule, for example ``lessons_pkg.rules.adam``.
        **hyperparameters: the rule's own, and PyTorch's ``maximize`` and ``weight_decay`` (with
            ``decoupled_weight_decay``). ``lr`` may be a schedule: a function of the step, counted from 0.

    Attributes:
        param_groups: a list of dicts, as in PyTorch; a hyperparameter may be changed between steps.
        state: for each parameter, in order, a dict with its step count ``t`` and its memories.
        steps: how many steps have been completed.

    Raises:
        TypeError, ValueError: for a parameter or a hyperparameter that cannot be used; the message names it,
            its value, and what is allowed.

    Example:
        >>> import numpy as np
        >>> from lessons_pkg import Optimizer
        >>> from lessons_pkg.rules import adam
        >>> w = np.array([1.0, -2.0])
        >>> optimizer = Optimizer([w], adam, lr=0.1)
        >>> optimizer.step([2 * w])
        >>> w
        array([ 0.9, -1.9])
    """

    def __init__(self, params, rule, **hyperparameters):
        self.rule = rule
        self._memories = read_signature(rule).memories
        self.param_groups = _groups(params, rule, hyperparameters)
        self._whole_tensor = getattr(rule, "whole_tensor", False)
        self.state = [{"t": 0} | dict.fromkeys(self._memories, 0.0) for _ in self._params()]
        self.steps = 0
        self._active = None  # which parameters had a gradient when the batches were made

    @property
    def lr(self):
        """The learning rate of the first group at the next step."""
        return self._hyperparameters(self.param_groups[0])["lr"]

    def step(self, grads):
        """Update every parameter that has a gradient.

        Args:
            grads: a list with the gradient of each parameter, in the order of the parameters: an array of the
                parameter's shape and dtype, or None.

        Raises:
            TypeError, ValueError: for a gradient of the wrong kind, dtype or shape, or one that holds NaN or
                inf, and for a hyperparameter that is out of range. Nothing has been changed then.
        """
        steps = [bind(self.rule, self._hyperparameters(group)) for group in self.param_groups]
        self._check_gradients(grads)
        active = [g is not None for g in grads]
        if active != self._active:  # from now on, other arrays march together
            self._batches, self._active = self._make_batches(active), active
        for number, batch, indices in self._batches:
            batch.step(steps[number], [grads[i] for i in indices])
        self.steps += 1

    def state_dict(self):
        """A copy of all that is needed to go on from here: hyperparameters, memories and step counts.

        A schedule is code, and not part of it: make the optimizer that goes on with the same schedule.
        """
        ids = iter(range(len(self.state)))
        return {
            "rule": self.rule.__name__,
            "steps": self.steps,
            "state": [{name: _copy(value) for name, value in entry.items()} for entry in self.state],
            "param_groups": [
                {k: v for k, v in group.items() if not callable(v)}
                | {"params": [next(ids) for _ in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict):
        """Go on from a state that :meth:`state_dict` returned. The parameters are yours to restore.

        Raises:
            ValueError: if the state is that of another rule, or of parameters of other number, shape or
                dtype. Nothing has been changed then.
        """
        missing = {"rule", "steps", "state", "param_groups"} - set(state_dict)
        if missing:
            raise ValueError(
                f"the state dict has no {sorted(missing)}; use what Optimizer.state_dict() returned"
            )
        if state_dict["rule"] != self.rule.__name__:
            raise ValueError(
                f"the state is that of {state_dict['rule']!r}, this optimizer runs {self.rule.__name__!r}"
            )
        sizes = [len(group["params"]) for group in self.param_groups]
        loaded = [len(group["params"]) for group in state_dict["param_groups"]]
        if loaded != sizes or len(state_dict["state"]) != sum(sizes):
            raise ValueError(
                f"the state has groups of {loaded} parameters, this optimizer has groups of {sizes}"
            )
        for i, (p, entry) in enumerate(zip(self._params(), state_dict["state"], strict=True)):
            for name in ("t", *self._memories):
                if name not in entry:
                    raise ValueError(f"the state of params[{i}] has no {name!r}")
                kind = np.asarray(entry[name])
                if kind.ndim and (kind.shape, kind.dtype) != (p.shape, p.dtype):
                    raise ValueError(
                        f"{name} of params[{i}] has shape {kind.shape} and dtype {kind.dtype} in the state, "
                        f"the parameter has {p.shape} and {p.dtype}"
                    )
        groups = []
        for mine, theirs in zip(self.param_groups, state_dict["param_groups"], strict=True):
            if "lr" not in theirs and not callable(mine["lr"]):
                raise ValueError(
                    "the state was saved with a schedule for lr: make this optimizer with that schedule"
                )
            given = {"lr": mine["lr"]} | {k: v for k, v in theirs.items() if k != "params"}
            groups.append({"params": mine["params"]} | check_hyperparameters(self.rule, given))
        self.param_groups = groups
        self.state = [{name: _copy(value) for name, value in entry.items()} for entry in state_dict["state"]]
        self.steps = state_dict["steps"]
        self._active = None

    def _params(self):
        return [p for group in self.param_groups for p in group["params"]]

    def _hyperparameters(self, group):
        """The group's hyperparameters at the next step: checked, and the schedule replaced by its rate."""
        given = {name: value for name, value in group.items() if name != "params"}
        if callable(given["lr"]):
            given["lr"] = given["lr"](self.steps)
        return check_hyperparameters(self.rule, given)

    def _check_gradients(self, grads):
        params = self._params()
        if isinstance(grads, np.ndarray) or len(grads) != len(params):
            raise ValueError(
                f"step() takes a list of {len(params)} gradients, one for each parameter or None"
            )
        squares = 0.0
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            if g is None:
                continue
            if not isinstance(g, np.ndarray):
                raise TypeError(
                    f"the gradient of params[{i}] must be a NumPy array or None, got {type(g).__name__}"
                )
            if g.dtype != p.dtype:
                raise TypeError(f"the gradient of params[{i}] has dtype {g.dtype}, the parameter {p.dtype}")
            if g.shape != p.shape:
                raise ValueError(f"the gradient of params[{i}] has shape {g.shape}, the parameter {p.shape}")
            squares += float(np.vdot(g, g))
        # A finite sum of squares proves every element finite, in one pass; else look at each.
        if not math.isfinite(squares):
            self._check_finite(grads)

    def _check_finite(self, grads):
        for i, g in enumerate(grads):
            if g is not None and not np.isfinite(g).all():
                bad = np.argwhere(~np.isfinite(g))[0].tolist()
                raise ValueError(
                    f"the gradient of params[{i}] is not finite at step {self.steps + 1}: "
                    f"element {bad} is {g[tuple(bad)]}; no parameter has been changed"
                )

    def _make_batches(self, active):
        """Sort the arrays that have a gradient into batches: (number of the group, batch, its indices)."""
        alike, params = {}, self._params()
        groups = [number for number, group in enumerate(self.param_groups) for _ in group["params"]]
        for i, (number, p, entry) in enumerate(zip(groups, params, self.state, strict=True)):
            if active[i]:
                # all that a rule gets as a number must be the same throughout a batch
                numbers = [None if isinstance(entry[m], np.ndarray) else entry[m] for m in self._memories]
                alone = i if self._whole_tensor else None
                alike.setdefault((number, p.dtype, entry["t"], *numbers, alone), []).append(i)
        batch = _WholeArray if self._whole_tensor else _Batch
        return [
            (key[0], batch([params[i] for i in run], [self.state[i] for i in run], self._memories), run)
            for key, run in alike.items()
        ]

    def __getstate__(self):  # a copy makes its own batches: the views would not be views of its own arrays
        return self.__dict__ | {"_batches": [], "_active": None}


class _Batch:
    """Arrays that are updated together, as if laid end to end.

    Their memories do lie end to end; the optimizer's state holds views of them.
    """

    def __init__(self, params, states, names):
        self._params, self._states, self._names = [p.reshape(-1) for p in params], states, names
        self._shapes = [p.shape for p in params]
        self._runs = list(_runs(self._params))
        self._memories = [states[0][name] for name in names]
        for k, name in enumerate(names):
            if isinstance(self._memories[k], np.ndarray):
                self._lay_out(k, np.concatenate([state[name] for state in states], axis=None))

    def _lay_out(self, k, flat):
        """Make ``flat`` the k-th memory, and give each parameter's state its view of it."""
        self._memories[k] = flat
        start = 0
        for p, shape, state in zip(self._params, self._shapes, self._states, strict=True):
            state[self._names[k]] = flat[start : start + p.size].reshape(shape)
            start += p.size

    def step(self, step, grads):
        """Run one step of a rule, with its hyperparameters bound, on every array of the batch."""
        t = self._states[0]["t"] + 1
        program, numbers, results = record(step, self._names, self._numbers(), t)
        born = [
            k
            for k, (old, new) in enumerate(zip(self._numbers(), results, strict=True))
            if old is not None and new is None
        ]
        if born:  # a memory becomes an array at its first step
            size, dtype = sum(p.size for p in self._params), self._params[0].dtype
            for k in born:
                self._lay_out(k, np.full(size, self._memories[k], dtype))
            program, numbers, results = record(step, self._names, self._numbers(), t)
        self._run(program, numbers, [g.reshape(-1) for g in grads])
        new = {name: value for name, value in zip(self._names, results, strict=True) if value is not None}
        for state in self._states:
            state.update(new, t=t)
        self._memories = [new.get(name, old) for name, old in zip(self._names, self._memories, strict=True)]

    def _run(self, program, numbers, grads):
        kernel, buffers = numpy_kernel(program)
        dtype = self._params[0].dtype
        numbers = list(np.array(numbers, dtype))  # scalars of the arrays' own dtype are the fastest for NumPy
        scratch = np.empty((buffers, max(stop - start for *_, start, stop in self._runs)), dtype)
        memories = [m for m in self._memories if isinstance(m, np.ndarray)]
        done = 0
        for first, last, start, stop in self._runs:
            size = stop - start
            if last - first == 1:
                p, g = self._params[first][start:stop], grads[first][start:stop]
            else:
                p, g = np.concatenate(self._params[first:last]), np.concatenate(grads[first:last])
            kernel([p, g, *(m[done : done + size] for m in memories)], numbers, scratch[:, :size])
            if last - first > 1:
                start = 0
                for mine in self._params[first:last]:
                    mine[:] = p[start : start + mine.size]
                    start += mine.size
            done += size

    def _numbers(self):
        """For each memory its value if it is a number, None if it is an array."""
        return [None if isinstance(m, np.ndarray) else m for m in self._memories]


class _WholeArray:
    """An array under a rule that needs all of it at once."""

    def __init__(self, params, states, names):
        (self._param,), (self._state,), self._names = params, states, names

    def step(self, step, grads):
        self._state["t"] += 1
        memories = [self._state[name] for name in self._names]
        self._param[...], *new = step(self._param, grads[0], memories, self._state["t"])
        self._state.update(zip(self._names, new, strict=True))


def _groups(params, rule, hyperparameters):
    """The parameter groups, every array and every hyperparameter checked."""
    if isinstance(params, np.ndarray):
        raise TypeError("params must be a list of arrays: write Optimizer([array], rule)")
    groups = list(params)
    if not groups:
        raise ValueError("params is empty: an optimizer needs at least one array")
    if not isinstance(groups[0], dict):
        groups = [{"params": groups}]
    result, seen = [], set()
    for group in groups:
        if "params" not in group:
            raise ValueError(f"a parameter group needs a key 'params', got the keys {sorted(group)}")
        arrays = [group["params"]] if isinstance(group["params"], np.ndarray) else list(group["params"])
        for p in arrays:
            _check_parameter(len(seen), p)
            if id(p) in seen:
                raise ValueError(
                    f"params[{len(seen)}] is an array that was given before: give each array once"
                )
            seen.add(id(p))
        given = hyperparameters | {name: value for name, value in group.items() if name != "params"}
        result.append({"params": arrays} | check_hyperparameters(rule, given))
    return result


def _check_parameter(i, p):
    if not isinstance(p, np.ndarray):
        raise TypeError(f"params[{i}] must be a NumPy array, got {type(p).__name__}")
    if not np.issubdtype(p.dtype, np.floating):
        raise TypeError(
            f"params[{i}] must be of a float dtype, got {p.dtype}: convert it with .astype(float)"
        )
    if not p.flags.writeable:
        raise ValueError(f"params[{i}] is read-only and cannot be updated in place: give a copy of it")
    if not p.flags.c_contiguous:
        raise ValueError(
            f"params[{i}] is not C-contiguous: give np.ascontiguousarray of it, or its base array"
        )


def _runs(arrays):
    """Cut flat arrays into runs of about BLOCK bytes: (first array, last + 1, start, stop).

    A run is a piece ``start:stop`` of one array, or several whole arrays with ``stop - start`` elements.
    """
    size = BLOCK // arrays[0].itemsize
    first, held = 0, 0
    for i, array in enumerate(arrays):
        if held and held + array.size > size:
            yield first, i, 0, held
            first, held = i, 0
        if array.size > size:
            for start in range(0, array.size, size):
                yield i, i + 1, start, min(start + size, array.size)
            first = i + 1
        else:
            held += array.size
    if first < len(arrays):
        yield first, len(arrays), 0, held


def _copy(value):
    return value.copy() if isinstance(value, np.ndarray) else value
