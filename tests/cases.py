"""The one table of configurations in which a rule of this package meets its class of ``torch.optim``."""

from dataclasses import dataclass, field

import torch

from lessons_pkg import rules


@dataclass(frozen=True)
class Case:
    """A rule and a torch class that the same keyword arguments make equal."""

    rule: object
    torch_class: type
    arguments: dict
    comment: str
    torch_arguments: dict = field(default_factory=dict)  # what makes the torch class the same method

    def __str__(self):
        return f"{self.rule.__name__}-{self.comment.replace(' ', '-')}"

    def torch(self, params, **more):
        return self.torch_class(params, **{**self.arguments, **self.torch_arguments, **more})


SGD, RMSPROP = torch.optim.SGD, torch.optim.RMSprop
# heavy_ball and nesterov have a momentum by default, torch.optim.SGD has none
HEAVY_BALL, NESTEROV = {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}

_TABLE = [
    (rules.gradient_descent, SGD, {}, "defaults"),
    (rules.gradient_descent, SGD, {"lr": 0.0}, "lr zero"),
    (rules.gradient_descent, SGD, {"lr": 0.1}, "lr"),
    (rules.gradient_descent, SGD, {"lr": 1}, "lr an int"),
    (rules.gradient_descent, SGD, {"lr": 1e-12}, "lr tiny"),
    (rules.gradient_descent, SGD, {"lr": 0.1, "weight_decay": 0.1}, "weight decay"),
    (rules.gradient_descent, SGD, {"lr": 0.1, "maximize": True}, "maximize"),
    (rules.gradient_descent, SGD, {"lr": 0.1, "weight_decay": 0.1, "maximize": True}, "maximize and decay"),
    (rules.heavy_ball, SGD, {}, "defaults", HEAVY_BALL),
    (rules.heavy_ball, SGD, {"lr": 0.1, "momentum": 0.5}, "momentum"),
    (rules.heavy_ball, SGD, {"momentum": 0.0}, "no momentum"),
    (rules.heavy_ball, SGD, {"lr": 1e-2, "momentum": 0.999}, "long memory"),
    (rules.heavy_ball, SGD, {"lr": 1e-3, "momentum": 1.0}, "no friction"),
    (rules.heavy_ball, SGD, {"lr": 1e-2, "momentum": 0.9, "weight_decay": 0.1}, "weight decay"),
    (rules.heavy_ball, SGD, {"lr": 1e-2, "momentum": 0.9, "maximize": True}, "maximize"),
    (rules.heavy_ball, SGD, {"lr": 0.0, "momentum": 0.9}, "lr zero"),
    (rules.nesterov, SGD, {}, "defaults", NESTEROV),
    (rules.nesterov, SGD, {"lr": 0.1, "momentum": 0.5}, "momentum", {"nesterov": True}),
    (rules.nesterov, SGD, {"lr": 1e-2, "momentum": 0.999}, "long memory", {"nesterov": True}),
    (rules.nesterov, SGD, {"lr": 1e-3, "momentum": 1.0}, "no friction", {"nesterov": True}),
    (rules.nesterov, SGD, {"lr": 0.1, "momentum": 1e-3}, "short memory", {"nesterov": True}),
    (
        rules.nesterov,
        SGD,
        {"lr": 1e-2, "momentum": 0.9, "weight_decay": 0.1},
        "weight decay",
        {"nesterov": True},
    ),
    (rules.nesterov, SGD, {"lr": 1e-2, "momentum": 0.9, "maximize": True}, "maximize", {"nesterov": True}),
    (rules.nesterov, SGD, {"lr": 0.0, "momentum": 0.9}, "lr zero", {"nesterov": True}),
    (rules.sgd, SGD, {}, "defaults"),
    (rules.sgd, SGD, {"lr": 0.1, "momentum": 0.9}, "momentum"),
    (rules.sgd, SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}, "dampening"),
    (rules.sgd, SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.9}, "dampening equal to momentum"),
    (rules.sgd, SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 1.0}, "dampening one"),
    (rules.sgd, SGD, {"lr": 0.1, "momentum": 0.9, "dampening": -0.5}, "dampening negative"),
    (rules.sgd, SGD, {"lr": 0.1, "dampening": 0.5}, "dampening without momentum"),
    (rules.sgd, SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}, "nesterov"),
    (rules.sgd, SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}, "weight decay"),
    (
        rules.sgd,
        SGD,
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "maximize": True, "weight_decay": 0.1},
        "all",
    ),
    (
        rules.sgd,
        SGD,
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True, "weight_decay": 0.1},
        "all with nesterov",
    ),
    (rules.adagrad, torch.optim.Adagrad, {}, "defaults"),
    (rules.adagrad, torch.optim.Adagrad, {"lr": 1.0}, "lr"),
    (rules.adagrad, torch.optim.Adagrad, {"lr": 0.1, "lr_decay": 0.1}, "lr decay"),
    (
        rules.adagrad,
        torch.optim.Adagrad,
        {"lr": 0.1, "initial_accumulator_value": 0.5},
        "initial accumulator",
    ),
    (rules.adagrad, torch.optim.Adagrad, {"lr": 0.1, "eps": 0.1}, "eps large"),
    (rules.adagrad, torch.optim.Adagrad, {"lr": 0.1, "eps": 0.0}, "eps zero"),
    (rules.adagrad, torch.optim.Adagrad, {"lr": 0.1, "weight_decay": 0.1}, "weight decay"),
    (rules.adagrad, torch.optim.Adagrad, {"lr": 0.1, "maximize": True}, "maximize"),
    (
        rules.adagrad,
        torch.optim.Adagrad,
        {
            "lr": 0.1,
            "lr_decay": 0.01,
            "initial_accumulator_value": 0.1,
            "weight_decay": 0.1,
            "eps": 1e-3,
            "maximize": True,
        },
        "all",
    ),
    (rules.rmsprop, RMSPROP, {}, "defaults"),
    (rules.rmsprop, RMSPROP, {"alpha": 0.9}, "alpha"),
    (rules.rmsprop, RMSPROP, {"alpha": 0.0}, "alpha zero"),
    (rules.rmsprop, RMSPROP, {"centered": True}, "centered"),
    (rules.rmsprop, RMSPROP, {"momentum": 0.9}, "momentum"),
    (rules.rmsprop, RMSPROP, {"momentum": 0.9, "centered": True}, "centered with momentum"),
    (rules.rmsprop, RMSPROP, {"eps": 0.1}, "eps large"),
    (rules.rmsprop, RMSPROP, {"weight_decay": 0.1}, "weight decay"),
    (rules.rmsprop, RMSPROP, {"maximize": True}, "maximize"),
    (
        rules.rmsprop,
        RMSPROP,
        {
            "lr": 1e-3,
            "alpha": 0.95,
            "eps": 1e-4,
            "momentum": 0.5,
            "centered": True,
            "weight_decay": 0.1,
            "maximize": True,
        },
        "all",
    ),
    (rules.adadelta, torch.optim.Adadelta, {}, "defaults"),
    (rules.adadelta, torch.optim.Adadelta, {"lr": 0.1}, "lr"),
    (rules.adadelta, torch.optim.Adadelta, {"rho": 0.0}, "rho zero"),
    (rules.adadelta, torch.optim.Adadelta, {"rho": 0.99}, "rho"),
    (rules.adadelta, torch.optim.Adadelta, {"rho": 1.0}, "rho one"),
    (rules.adadelta, torch.optim.Adadelta, {"eps": 1e-2}, "eps large"),
    (rules.adadelta, torch.optim.Adadelta, {"weight_decay": 0.1}, "weight decay"),
    (rules.adadelta, torch.optim.Adadelta, {"maximize": True}, "maximize"),
    (
        rules.adadelta,
        torch.optim.Adadelta,
        {"lr": 0.5, "rho": 0.95, "eps": 1e-4, "weight_decay": 0.1, "maximize": True},
        "all",
    ),
]

for _rule, _class in [(rules.adam, torch.optim.Adam), (rules.adamw, torch.optim.AdamW)]:
    _TABLE += [
        (_rule, _class, {}, "defaults"),
        (_rule, _class, {"lr": 0.1}, "lr"),
        (_rule, _class, {"betas": (0.5, 0.6)}, "betas short"),
        (_rule, _class, {"betas": (0.0, 0.0)}, "betas zero"),
        (_rule, _class, {"betas": (0.99, 0.9999)}, "betas long"),
        (_rule, _class, {"eps": 0.1}, "eps large"),
        (_rule, _class, {"eps": 0.0}, "eps zero"),
        (_rule, _class, {"amsgrad": True}, "amsgrad"),
        (_rule, _class, {"weight_decay": 0.1}, "weight decay"),
        (_rule, _class, {"weight_decay": 0.0}, "no weight decay"),
        (_rule, _class, {"maximize": True}, "maximize"),
        (
            _rule,
            _class,
            {
                "lr": 0.05,
                "betas": (0.8, 0.9),
                "eps": 1e-4,
                "amsgrad": True,
                "weight_decay": 0.1,
                "maximize": True,
            },
            "all",
        ),
    ]
_TABLE += [
    (
        rules.adam,
        torch.optim.Adam,
        {"weight_decay": 0.1, "decoupled_weight_decay": True},
        "decoupled weight decay",
    ),
]
for _rule, _class in [
    (rules.nadam, torch.optim.NAdam),
    (rules.radam, torch.optim.RAdam),
    (rules.adamax, torch.optim.Adamax),
]:
    _TABLE += [
        (_rule, _class, {}, "defaults"),
        (_rule, _class, {"lr": 0.1}, "lr"),
        (_rule, _class, {"betas": (0.5, 0.9)}, "betas short"),
        (_rule, _class, {"betas": (0.99, 0.9999)}, "betas long"),
        (
            _rule,
            _class,
            {"betas": (0.5, 0.75)},
            "betas shorter",
        ),  # RAdam: rho_inf is 7, just above its threshold
        (_rule, _class, {"betas": (0.0, 0.6)}, "betas shortest"),
        (_rule, _class, {"eps": 0.1}, "eps large"),
        (_rule, _class, {"weight_decay": 0.1}, "weight decay"),
        (_rule, _class, {"maximize": True}, "maximize"),
        (
            _rule,
            _class,
            {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1, "maximize": True},
            "all",
        ),
    ]
    if _rule is not rules.adamax:
        _decoupled = {"weight_decay": 0.1, "decoupled_weight_decay": True}
        _TABLE += [(_rule, _class, _decoupled, "decoupled weight decay")]
_TABLE += [
    (rules.nadam, torch.optim.NAdam, {"momentum_decay": 0.1}, "momentum decay"),
    (rules.nadam, torch.optim.NAdam, {"momentum_decay": 0.0}, "no momentum decay"),
]

CASES = [Case(*row) for row in _TABLE]
