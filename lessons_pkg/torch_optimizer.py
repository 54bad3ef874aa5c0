"""TorchOptimizer: a rule of this package as a real ``torch.optim.Optimizer``."""

import torch

from lessons_pkg.compiled import Batch
from lessons_pkg.protocol import bind, check_hyperparameters, read_signature

# Elements that a rule gets at a time when it is not compiled: what it computes then stays in the cache.
SLICE = 2**14


class TorchOptimizer(torch.optim.Optimizer):
    """A rule of :mod:`lessons_pkg.rules` in the place of a ``torch.optim`` class.

    It has what every PyTorch optimizer has: parameter groups, closures, ``state_dict``. Every scheduler of
    ``torch.optim.lr_scheduler`` drives it.

    Args:
        params: parameters, named parameters, or groups of them, as for any PyTorch optimizer.
        rule: the update rule, for example ``lessons_pkg.rules.adam``.
        compile: run the rule through ``torch.compile``, as fast as PyTorch's fused kernels. It needs a C++
            compiler (on a GPU, Triton), and takes some seconds at the first step. NaN and inf in a gradient
            are then found during the step and not before it: every element with such a gradient stays as it
            was, all others have made the step when the error is raised.
        **hyperparameters: the rule's own, and ``maximize`` and ``weight_decay`` (with
            ``decoupled_weight_decay``). All are numbers; a learning rate that changes is a scheduler's work.

    Raises:
        TypeError, ValueError: for a hyperparameter or a parameter that cannot be used.

    Example:
        >>> import torch
        >>> from lessons_pkg.rules import adam
        >>> from lessons_pkg.torch_optimizer import TorchOptimizer
        >>> model = torch.nn.Linear(3, 1)
        >>> optimizer = TorchOptimizer(model.parameters(), adam, lr=1e-2)
    """

    def __init__(self, params, rule, *, compile=False, **hyperparameters):
        if callable(hyperparameters.get("lr")):
            raise TypeError("lr must be a number here: let a torch.optim.lr_scheduler change it")
        self.rule, self.compile = rule, compile
        self._active = None  # which parameters had a gradient when the batches were made
        super().__init__(params, check_hyperparameters(rule, _plain(hyperparameters)))

    def add_param_group(self, param_group):
        """Add a group of parameters, its hyperparameters checked."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        try:
            for i, p in enumerate(group["params"]):
                if not p.is_floating_point() or p.layout != torch.strided:
                    kind = f"{p.layout} of {p.dtype}"
                    raise TypeError(f"{_name(group, i)} must be a dense float tensor, it is {kind}")
            group.update(self._hyperparameters(group))
        except (TypeError, ValueError):
            self.param_groups.pop()
            raise
        self._active = None

    @torch.no_grad()
    def step(self, closure=None):
        """Update every parameter that has a gradient; see ``torch.optim.Optimizer.step``.

        Args:
            closure: a function that computes the loss and the gradients anew, and returns the loss.

        Returns:
            What the closure returned, or None.

        Raises:
            TypeError, ValueError: for a sparse gradient, one that holds NaN or inf, or a hyperparameter out
                of range. No parameter has been changed then (see ``compile`` for the one exception).
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        params = [p for group in self.param_groups for p in group["params"]]
        grads = [p.grad for p in params]
        steps = [bind(self.rule, self._hyperparameters(group)) for group in self.param_groups]
        self._check_gradients(params, grads)
        if self._compiled:
            self._step_compiled(params, grads, steps)
        else:
            groups = [
                step for group, step in zip(self.param_groups, steps, strict=True) for _ in group["params"]
            ]
            for p, g, step in zip(params, grads, groups, strict=True):
                if g is not None:
                    self._step_plainly(p, g, step)
        return loss

    def state_dict(self):
        """What ``torch.optim.Optimizer.state_dict`` returns, and the name of the rule."""
        return super().state_dict() | {"rule": self.rule.__name__}

    def load_state_dict(self, state_dict):
        """Load what :meth:`state_dict` returned.

        Raises:
            ValueError: if it is the state of another rule, or of other parameters.
        """
        if state_dict.get("rule") != self.rule.__name__:
            theirs = state_dict.get("rule")
            raise ValueError(f"the state is that of {theirs!r}, this optimizer runs {self.rule.__name__!r}")
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "rule"})
        self._active = None

    def __getstate__(self):
        # A copy makes its own batches; and a memory that is a view would take all of its batch along.
        state = {p: {k: _own(v) for k, v in entry.items()} for p, entry in self.state.items()}
        mine = {"rule": self.rule, "compile": self.compile, "_active": None}
        return super().__getstate__() | mine | {"state": type(self.state)(dict, state)}

    @property
    def _compiled(self):
        return self.compile and not getattr(self.rule, "whole_tensor", False)

    def _hyperparameters(self, group):
        """The rule's hyperparameters in a group, checked; schedulers keep values of their own beside them."""
        defaults = read_signature(self.rule).defaults
        return check_hyperparameters(self.rule, _plain({k: v for k, v in group.items() if k in defaults}))

    def _check_gradients(self, params, grads):
        for i, g in enumerate(grads):
            if g is not None and g.layout != torch.strided:
                raise TypeError(f"the gradient of {self._names()[i]} must be dense, it is {g.layout}")
        if self._compiled or torch.nn.utils.get_total_norm([g for g in grads if g is not None]).isfinite():
            return
        for i, g in enumerate(grads):
            if g is not None and not g.isfinite().all():
                step = self.state[params[i]].get("step", 0) + 1
                raise ValueError(
                    f"the gradient of {self._names()[i]} is not finite at step {step}; "
                    "no parameter has been changed"
                )

    def _names(self):
        return [_name(group, i) for group in self.param_groups for i in range(len(group["params"]))]

    def _born(self, p):
        """The state of a parameter; at birth every memory is zero."""
        if not self.state[p]:
            self.state[p].update({"step": 0} | dict.fromkeys(read_signature(self.rule).memories, 0.0))
        return self.state[p]

    def _step_plainly(self, p, g, step):
        """Run the rule as it stands, on slices if it is elementwise."""
        names, state = read_signature(self.rule).memories, self._born(p)
        old, t = [state[name] for name in names], state["step"] + 1
        if getattr(self.rule, "whole_tensor", False) or not p.is_contiguous() or p.numel() <= SLICE:
            new_p, *new = step(p, g, old, t)
            p.copy_(new_p)
        else:
            new = self._sliced(p, g, step, old, t)
        state.update(zip(names, new, strict=True), step=t)

    @staticmethod
    def _sliced(p, g, step, old, t):
        flat_p, flat_g, new = p.view(-1), g.reshape(-1), list(old)
        for start in range(0, p.numel(), SLICE):
            part = slice(start, start + SLICE)
            memories = [m.view(-1)[part] if torch.is_tensor(m) else m for m in old]
            new_p, *results = step(flat_p[part], flat_g[part], memories, t)
            flat_p[part] = new_p
            for k, result in enumerate(results):
                if not torch.is_tensor(result):
                    new[k] = result
                    continue
                if not torch.is_tensor(new[k]):  # a memory becomes a tensor at its first step
                    new[k] = torch.empty_like(p)
                new[k].view(-1)[part] = result
        return new

    def _step_compiled(self, params, grads, steps):
        active = [g is not None for g in grads]
        if active != self._active:  # from now on, other tensors march together
            self._batches, self._active = self._make_batches(params, active), active
        finite = []
        for number, batch, indices in self._batches:
            finite += batch.step(steps[number], [grads[i] for i in indices])
        if all(finite):
            return
        for p, g, name in zip(params, grads, self._names(), strict=True):
            if g is not None and not g.isfinite().all():
                raise ValueError(
                    f"the gradient of {name} is not finite at step {self.state[p]['step']}; "
                    "the elements concerned stay as they were, all others have made the step"
                )

    def _make_batches(self, params, active):
        """Batches of the parameters that have a gradient: (number of the group, batch, indices)."""
        names, alike = read_signature(self.rule).memories, {}
        groups = [number for number, group in enumerate(self.param_groups) for _ in group["params"]]
        for i, (number, p) in enumerate(zip(groups, params, strict=True)):
            if active[i]:
                state = self._born(p)
                # all that a rule gets as a number must be the same throughout a batch
                numbers = [None if torch.is_tensor(state[name]) else state[name] for name in names]
                alike.setdefault((number, p.device, p.dtype, state["step"], *numbers), []).append(i)
        return [
            (key[0], Batch([params[i] for i in run], [self.state[params[i]] for i in run], names), run)
            for key, run in alike.items()
        ]


def _plain(hyperparameters):
    """Hyperparameters as numbers: PyTorch allows tensors of one element for lr and betas."""

    def number(value):
        return value.item() if torch.is_tensor(value) else value

    return {
        name: tuple(number(v) for v in value) if isinstance(value, (tuple, list)) else number(value)
        for name, value in hyperparameters.items()
    }


def _own(value):
    return value.clone() if torch.is_tensor(value) else value


def _name(group, i):
    return repr(group["param_names"][i]) if "param_names" in group else f"params[{i}]"
