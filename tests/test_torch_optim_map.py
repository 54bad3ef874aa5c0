"""The page that maps torch.optim to this book, against PyTorch's classes and the package."""

import inspect
import re
from pathlib import Path

import pytest
import torch
from torch.optim import lr_scheduler

from lessons_pkg import rules, schedules
from lessons_pkg.protocol import read_signature

BOOK = Path(__file__).parents[1] / "book"
PAGE = (BOOK / "torch_optim_map.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## )", PAGE, re.DOTALL | re.MULTILINE))
ONE_WAY_OF_COMPUTING = {"foreach", "fused", "capturable", "differentiable"}
# What makes a class keep everything that it can keep.
EVERYTHING = {
    "SGD": {"momentum": 0.9},
    "RMSprop": {"centered": True, "momentum": 0.9},
    "Adam": {"amsgrad": True},
    "AdamW": {"amsgrad": True},
}


def rows(text, first_column):
    """The rows of the table whose header begins so, each a list of cells."""
    table = text.split(f"| {first_column} |", 1)[1].split("\n\n")[0]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()[2:]]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def arguments(cls):
    return {
        name: "" if parameter.default is parameter.empty else repr(parameter.default)
        for name, parameter in inspect.signature(cls.__init__).parameters.items()
        if name not in ("self", "optimizer", "last_epoch")
    }


@pytest.mark.parametrize("name", SECTIONS)
def test_every_argument_and_default_is_there(name):
    table = {code(row[0])[0]: "".join(code(row[2])) for row in rows(SECTIONS[name], "argument")}
    assert table == arguments(getattr(torch.optim, name))


@pytest.mark.parametrize("name", SECTIONS)
def test_the_rule_takes_what_the_page_says(name):
    rule = getattr(rules, re.search(r"the rule `(\w+)`", SECTIONS[name]).group(1))
    torch_defaults = getattr(torch.optim, name)([torch.zeros(1, requires_grad=True)]).defaults
    ours = read_signature(rule).defaults
    for argument, _, _, here, chapter in rows(SECTIONS[name], "argument"):
        argument = code(argument)[0]
        if argument in ONE_WAY_OF_COMPUTING:
            assert here == "{ref}`how <map-how>`"
            continue
        assert code(here) == [argument]
        page = code(chapter)[0]  # the page `api` is made of the docstrings
        text = (
            inspect.getmodule(rule).__doc__
            if page == "api"
            else (BOOK / f"text/{page}.md").read_text("utf-8")
        )
        assert argument == "params" or argument in text, f"{page} says nothing of {argument}"
        if argument != "params":
            assert ours[argument] == torch_defaults[argument]


@pytest.mark.parametrize("name", SECTIONS)
def test_the_state_is_what_the_page_says(name):
    rule = getattr(rules, re.search(r"the rule `(\w+)`", SECTIONS[name]).group(1))
    p = torch.zeros(1, requires_grad=True)
    optimizer = getattr(torch.optim, name)([p], **EVERYTHING.get(name, {}))
    p.grad = torch.ones(1)
    optimizer.step()
    table = rows(SECTIONS[name], "kept in `state`")
    assert {code(row[0])[0] for row in table} == set(optimizer.state[p])
    signature = read_signature(rule)
    ours = {memory for row in table for memory in code(row[2])}
    assert ours - {"t"} == set(signature.memories)
    assert ours <= {*signature.memories, *(["t"] if signature.takes_step else [])}


def test_every_class_is_named():
    classes = {
        name
        for name, cls in vars(torch.optim).items()
        if isinstance(cls, type)
        and issubclass(cls, torch.optim.Optimizer)
        and cls is not torch.optim.Optimizer
    }
    others = {code(row[0])[0] for row in rows(PAGE.split("## Classes that")[1], "class")}
    assert set(SECTIONS) | others == classes
    assert not set(SECTIONS) & others


SCHEDULERS = {code(row[0])[0]: row[1:] for row in rows(PAGE.split("## Schedulers")[1], "class")}


def test_every_scheduler_is_named():
    base = lr_scheduler.LRScheduler
    classes = {
        name
        for name, cls in vars(lr_scheduler).items()
        if isinstance(cls, type) and issubclass(cls, base) and cls is not base and not name.startswith("_")
    }
    assert set(SCHEDULERS) == classes


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_arguments_of_a_scheduler(name):
    here, same, left_out = SCHEDULERS[name]
    theirs, same = set(arguments(getattr(lr_scheduler, name))), set(code(same))
    # what is left out is named before a colon, and explained after it
    left_out = {argument for part in re.findall(r"((?:`\w+`(?:, )?)+):", left_out) for argument in code(part)}
    assert same | left_out == theirs
    assert not same & left_out
    if code(here):
        assert same <= set(inspect.signature(getattr(schedules, code(here)[0])).parameters)
