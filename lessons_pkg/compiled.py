"""A rule's operations as one kernel of ``torch.compile``, on tensors that march together."""

from functools import cache

import torch

from lessons_pkg.recording import record

# Tensors smaller than this many elements are laid end to end, so that one call of the kernel serves many.
GATHER = 2**18

_OPERATIONS = {
    "positive": "{}.clone()",
    "negative": "-{}",
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "power": "{} ** {}",
    "abs": "torch.abs({})",
    "sqrt": "torch.sqrt({})",
    "sign": "torch.sign({})",
    "maximum": "torch.maximum({}, {})",
    "less": "{} < {}",
    "greater": "{} > {}",
    "where": "torch.where({}, {}, {})",
}


@cache
def torch_kernel(program):
    """Print a program of :mod:`lessons_pkg.recording` as a torch function that works in place; compile it.

    The step's numbers come in as one tensor. As Python floats they would be compiled in, and compiled anew
    at every step; computed inside, the power of a bias correction would be taken for every element.

    Where the gradient is NaN or inf, nothing is written. The kernel returns whether it was finite everywhere:
    to ask that beforehand would be one more pass over the memory.
    """
    text = [
        f"{', '.join(program.inputs)}, = [a.to(_numbers.dtype) for a in _arrays]",
        "_finite = g.isfinite()",
    ]
    text += [f"{x} = {_OPERATIONS[operation].format(*operands)}" for x, operation, operands in program.lines]
    text += [
        f"_arrays[{program.inputs.index(array)}].copy_(torch.where(_finite, {value}, {array}))"
        for array, value in program.outputs
    ]
    text += ["return _finite.all()"]
    namespace = {"torch": torch}
    exec("def kernel(_arrays, _numbers):\n    " + "\n    ".join(text), namespace)
    return torch.compile(namespace["kernel"], dynamic=True, fullgraph=True)


class Batch:
    """Tensors of one device and dtype whose rule gets the same numbers at every step.

    Args:
        params: the parameters.
        states: the optimizer's state of each parameter: ``step`` and the memories, by name.
        names: the names of the memories.
    """

    def __init__(self, params, states, names):
        self._states, self._names = states, names
        self._dtype, self._device = params[0].dtype, params[0].device
        self._runs = [
            _Run(params[first:last], states[first:last], first, last) for first, last in _runs(params)
        ]
        for name, number in zip(names, self._numbers(), strict=True):
            if number is None:
                self._lay_out(name)

    def step(self, step, grads):
        """Run one step of a rule, with its hyperparameters bound, on every tensor of the batch.

        Returns:
            For each run of the kernel a tensor: whether all its gradients were finite.
        """
        t = self._states[0]["step"] + 1
        old = self._numbers()
        program, numbers, results = record(step, self._names, old, t)
        born = [
            name for name, a, b in zip(self._names, old, results, strict=True) if a is not None and b is None
        ]
        if born:  # a memory becomes a tensor at its first step
            for name in born:
                self._lay_out(name)
            program, numbers, results = record(step, self._names, self._numbers(), t)
        # Half precision is computed in float32, as PyTorch's fused kernels do.
        numbers = torch.tensor(numbers, dtype=torch.promote_types(self._dtype, torch.float32)).to(
            self._device
        )
        finite = [run.step(torch_kernel(program), program.inputs[2:], numbers, grads) for run in self._runs]
        new = {name: value for name, value in zip(self._names, results, strict=True) if value is not None}
        for state in self._states:
            state.update(new, step=t)
        return finite

    def _lay_out(self, name):
        for run in self._runs:
            run.lay_out(name)

    def _numbers(self):
        """For each memory its value if it is a number, None if it is a tensor."""
        memories = [self._states[0][name] for name in self._names]
        return [None if torch.is_tensor(m) else m for m in memories]


class _Run:
    """One large tensor, or several small ones laid end to end: what one call of the kernel updates."""

    def __init__(self, params, states, first, last):
        self._params, self._states, self._grads = params, states, slice(first, last)
        self._memories = {}
        self._alone = len(params) == 1 and params[0].is_contiguous()
        if not self._alone:
            self._flat = [params[0].new_empty(sum(p.numel() for p in params)) for _ in range(2)]
            self._pieces = [self._split(flat) for flat in self._flat]

    def lay_out(self, name):
        """Make a memory one flat tensor, of which each parameter's state has a view."""
        memories = [
            state[name] if torch.is_tensor(state[name]) else torch.full_like(p, state[name])
            for p, state in zip(self._params, self._states, strict=True)
        ]
        self._memories[name] = torch.cat([m.reshape(-1) for m in memories])
        for state, piece in zip(self._states, self._split(self._memories[name]), strict=True):
            state[name] = piece

    def step(self, kernel, names, numbers, grads):
        """Call the kernel on the parameters, their gradients and the memories of these names."""
        grads = grads[self._grads]
        if self._alone:
            p, g = self._params[0].view(-1), grads[0].reshape(-1)
        else:
            p, g = self._flat
            torch._foreach_copy_(self._pieces[0], self._params)
            torch._foreach_copy_(self._pieces[1], grads)
        try:
            finite = kernel([p, g, *(self._memories[name] for name in names)], numbers)
        except torch._dynamo.exc.BackendCompilerFailed as error:
            raise RuntimeError(
                "torch.compile could not build the rule. compile=True needs a C++ compiler (g++, clang++ or "
                "MSVC) or, on a GPU, Triton: install it, or leave compile=True out. No parameter has changed"
            ) from error
        if not self._alone:
            torch._foreach_copy_(self._params, self._pieces[0])
        return finite

    def _split(self, flat):
        pieces = flat.split([p.numel() for p in self._params])
        return [piece.view(p.shape) for piece, p in zip(pieces, self._params, strict=True)]


def _runs(params):
    """Cut a list of tensors into runs (first, last + 1): large ones alone, small ones up to GATHER."""
    first, size = 0, 0
    for i, p in enumerate(params):
        if size and size + p.numel() > GATHER:
            yield first, i
            first, size = i, 0
        size += p.numel()
    yield first, len(params)
