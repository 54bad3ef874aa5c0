"""The protocol of a rule: what its signature says, and how an optimizer calls it.

A rule is a pure function ``rule(p, g, *memories, t, *, lr=…, …)``. Its signature is its whole interface:

- ``p`` and ``g``, the parameter and its gradient, come first;
- then the memories, by any names; each starts as the float 0.0;
- then ``t``, the step of this parameter counted from 1, if the rule needs it;
- after ``*`` the hyperparameters, each with a default.

It returns the new ``p`` and the new memories, in that order; a rule without memories returns ``p`` alone.
A rule that needs its whole tensor at once (a norm, a matrix product) says so: ``rule.whole_tensor = True``.
"""

from dataclasses import dataclass
from functools import cache
from inspect import Parameter, signature

from lessons_pkg.hyperparameters import check, check_together

#: What every optimizer of PyTorch does before its rule. A rule that names one of these does it itself.
SHARED = {"weight_decay": 0.0, "decoupled_weight_decay": False, "maximize": False}


@dataclass(frozen=True)
class RuleSignature:
    """What the signature of a rule says: its memories, whether it takes ``t``, its hyperparameters."""

    memories: tuple
    takes_step: bool
    own: dict
    shared: dict

    @property
    def defaults(self):
        """Every hyperparameter that an optimizer with this rule accepts, with its default."""
        return self.own | self.shared


@cache
def read_signature(rule):
    """Read a rule's signature; see :mod:`lessons_pkg.protocol` for its form.

    Raises:
        TypeError: if ``rule`` is not a function of the form that the protocol asks for.
    """
    if not callable(rule):
        raise TypeError(f"a rule is a function such as lessons_pkg.rules.adam, got {rule!r}")
    parameters = signature(rule).parameters.values()
    positional = [p.name for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
    own = {p.name: p.default for p in parameters if p.kind is Parameter.KEYWORD_ONLY}
    if (
        positional[:2] != ["p", "g"]
        or "t" in positional[2:-1]
        or len(positional) + len(own) != len(parameters)
    ):
        raise TypeError(
            f"the signature of a rule is (p, g, *memories, t, *, lr=…, …); {rule.__name__} is not so"
        )
    if "lr" not in own or Parameter.empty in own.values():
        raise TypeError(f"{rule.__name__} needs a hyperparameter lr, and a default for each hyperparameter")
    takes_step = positional[-1] == "t"
    memories = tuple(positional[2 : -1 if takes_step else None])
    shared = {} if "weight_decay" in own else {k: v for k, v in SHARED.items() if k != "maximize"}
    return RuleSignature(memories, takes_step, own, shared | {"maximize": SHARED["maximize"]})


def check_hyperparameters(rule, given):
    """Return all hyperparameters of a rule as plain numbers: those given, and the defaults of the others.

    A learning rate that is a function of the step is returned as it is.

    Raises:
        TypeError, ValueError: for a name that the rule does not have, or a value that is not allowed.
    """
    defaults = read_signature(rule).defaults
    unknown = [name for name in given if name not in defaults]
    if unknown:
        raise TypeError(f"{rule.__name__} has no hyperparameter {unknown[0]!r}; it has {', '.join(defaults)}")
    values = defaults | given
    checked = {
        name: value if name == "lr" and callable(value) else check(name, value, defaults[name])
        for name, value in values.items()
    }
    check_together(checked)
    return checked


def bind(rule, hyperparameters):
    """Return ``step(p, g, memories, t) -> (p, *memories)``: what all share, then the rule.

    In PyTorch's order: the gradient is negated if ``maximize``; then ``weight_decay`` adds
    its multiple of the parameter to the gradient or, decoupled, takes it from the parameter.
    """
    h, takes_step = hyperparameters, read_signature(rule).takes_step
    own = {name: h[name] for name in read_signature(rule).own}
    maximize, lr = h["maximize"], h["lr"]
    decay = 0.0 if "weight_decay" in own else h["weight_decay"]
    decoupled = h.get("decoupled_weight_decay", False)

    def step(p, g, memories, t):
        if maximize:
            g = -g
        if decay != 0:
            if decoupled:
                p = (1 - lr * decay) * p
            else:
                g = g + decay * p
        counted = (t,) if takes_step else ()
        new = rule(p, g, *memories, *counted, **own)
        return new if memories else (new,)

    return step
