r"""Reads the update formulas of the book: LaTeX in, SymPy out.

SymPy's own parser does the work. Before it, every symbol of the book is replaced by a plain one that the
parser knows (``x_{0}``, ``x_{1}``, …), so that ``\hat m_t`` or ``\rho_\infty`` cannot be misread, and four
forms that it does not take are rewritten: ``\max``, ``cases``, ``\tfrac`` and spacing.
"""

import re

import sympy
from sympy.parsing.latex import parse_latex

#: Every symbol of an update formula, and the name that the code has for it. Any other symbol is an error.
SYMBOLS = {
    r"\theta": "p",
    "g": "g",
    "t": "t",
    # memories
    "b": "b",
    "m": "m",
    "v": "v",
    r"\bar v": "v_max",
    "s": "s",
    "u": "u",
    r"\Pi": "mu_product",
    # values on the way
    r"\hat m": "m_hat",
    r"\hat v": "v_hat",
    r"\Delta": "delta",
    r"\mu": "mu",
    "r": "r",
    # hyperparameters
    r"\eta": "lr",
    r"\beta": "momentum",
    r"\beta_1": "beta1",
    r"\beta_2": "beta2",
    r"\varepsilon": "eps",
    r"\tau": "dampening",
    r"\alpha": "alpha",
    r"\rho": "rho",
    r"\rho_\infty": "rho_inf",
    r"\omega": "weight_decay",
    r"\delta": "lr_decay",
    r"\psi": "momentum_decay",
}

_SPACING = re.compile(r"\\[,;:! ]|\\q?quad|&")
_CASES = re.compile(r"\\begin\{cases\}(.*?)\\end\{cases\}", re.DOTALL)
_SYMBOL = re.compile(
    r"(?P<base>\\(?:hat|bar)\s*\{?\s*[a-zA-Z]\s*\}?|\\[a-zA-Z]+|[a-zA-Z])"
    r"(?:_(?P<index>\{[^{}]*\}|\\[a-zA-Z]+|[a-zA-Z0-9]))?"
)


def definitions(latex):
    """Split aligned equations into (left, right) pairs; conditions after ``\\qquad`` are for the reader."""
    cases = []

    def put_away(match):
        cases.append(match.group(0))
        return f"@{len(cases) - 1}@"

    lines = re.split(r"\\\\", _CASES.sub(put_away, latex))
    for line in lines:
        equation = re.split(r",?\s*\\qquad", line)[0]
        equation = re.sub(r"@(\d+)@", lambda match: cases[int(match.group(1))], equation)
        left, _, right = equation.partition("=")
        yield left.strip(" &\n"), right.strip(" &\n,.")


def evaluate(latex, values):
    """Work through the equations in order and return every value defined, by its name in the code.

    Args:
        latex: aligned equations, one definition a line.
        values: for each name, what it is before the step: the memories and the parameter at t-1, the gradient
            and the hyperparameters.
    """
    known = dict(values)
    for left, right in definitions(latex):
        name = _name(*_SYMBOL.fullmatch(left).group("base", "index"))
        new = parse(right, values, known)
        known[name + " now"] = known[name] = new
        if name == "mu":  # the one symbol that a formula looks ahead with
            known["mu next"] = new.subs(values["t"], values["t"] + 1)
    return known


def parse(latex, before, now):
    """Parse one right-hand side. ``before`` holds the values at t-1, ``now`` those at t."""
    placeholders = {}

    def hide(value):
        symbol = f"x_{{{len(placeholders)}}}"
        placeholders[sympy.Symbol(symbol)] = value
        return f" {symbol} "

    def cases(match):
        rows = [row.split("&") for row in re.split(r"\\\\", match.group(1)) if row.strip()]
        return hide(
            sympy.Piecewise(
                *[(parse(value, before, now), _condition(text, before, now)) for value, text in rows]
            )
        )

    def symbol(match):
        base, index = match.group("base", "index")
        name = _name(base, index)
        if name is None:
            return match.group(0)
        index = (index or "").strip("{} ").replace(" ", "")
        if index == "t-1":
            return hide(before[name])
        if index == "t+1":
            return hide(now[name + " next"])
        return hide(now[name])

    text = _CASES.sub(cases, latex)
    text = _SPACING.sub(" ", text)
    text = re.sub(r"\\[td]frac", r"\\frac", text)
    text = re.sub(r"\\frac\s*(\d)(\d)", r"\\frac{\1}{\2}", text)
    text = text.replace(r"\max", "f")  # SymPy's parser takes any f(a, b) for a function
    # placeholders made for `cases` are symbols already
    parts = re.split(r"(x_\{\d+\}|f\()", text)
    text = "".join(
        part if re.fullmatch(r"x_\{\d+\}|f\(", part) else _SYMBOL.sub(symbol, part) for part in parts
    )
    text = re.sub(r"(x_\{\d+\}\s*)(\\left\s*)?\(", r"\1 \\cdot \2(", text)  # a product, not a function of one
    expression = parse_latex(text)
    expression = expression.replace(sympy.Function("f"), sympy.Max)
    missing = expression.free_symbols - set(placeholders)
    if missing:
        raise ValueError(f"symbols that tests/latex.py does not know: {missing} in {latex}")
    return sympy.nsimplify(expression.subs(placeholders, simultaneous=True), rational=True)


def _condition(text, before, now):
    text = text.replace(r"\le", "≤")
    left, operator, right = re.fullmatch(r"\s*(.+?)\s*([>=≤])\s*(.+?)\s*", text).groups()
    left, right = parse(left, before, now), parse(right, before, now)
    return {">": sympy.Gt, "=": sympy.Eq, "≤": sympy.Le}[operator](left, right)


def _name(base, index):
    base = (
        re.sub(r"\s*\{?\s*([a-zA-Z])\s*\}?$", r" \1", base) if base.startswith((r"\hat", r"\bar")) else base
    )
    index = (index or "").strip("{} ")
    return SYMBOLS.get(f"{base}_{index}") or SYMBOLS.get(base)
