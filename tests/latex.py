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

    def value(base, index):
        name = _name(base, index)
        if name is None:
            return None
        if index == "t-1":
            return before[name]
        return now[name + " next"] if index == "t+1" else now[name]

    return _parse(latex, value, lambda text: _condition(text, before, now))


def parse_schedule(latex, values):
    """Parse the right-hand side of a schedule. ``values`` has a number for each symbol as it is written."""

    def value(base, index):
        return values.get(f"{base}_{index}" if index else base)

    return _parse(latex, value, None)


def _parse(latex, value, condition):
    """Put in what ``value(base, index)`` gives for each symbol, and let SymPy parse the rest."""
    placeholders = {}

    def hide(expression):
        symbol = f"x_{{{len(placeholders)}}}"
        placeholders[sympy.Symbol(symbol)] = expression
        return f" {symbol} "

    def cases(match):
        rows = [row.split("&") for row in re.split(r"\\\\", match.group(1)) if row.strip()]
        return hide(
            sympy.Piecewise(*[(_parse(left, value, condition), condition(right)) for left, right in rows])
        )

    def symbol(match):
        found = value(match.group("base"), (match.group("index") or "").strip("{} ").replace(" ", ""))
        return match.group(0) if found is None else hide(found)

    text = _CASES.sub(cases, latex)
    text = re.sub(r"\\(left|right)(?![a-zA-Z])", " ", text)
    text = _SPACING.sub(" ", text)
    text = re.sub(r"\\[td]frac", r"\\frac", text)
    text = re.sub(r"\\frac\s*(\d)(\d)", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\max\s*\(", "f(", text)  # SymPy's parser takes any f(a, b) for a function
    text = re.sub(r"\\min\s*\(", "h(", text)
    # placeholders made for `cases` are symbols already
    parts = re.split(r"(x_\{\d+\}|[fh]\()", text)
    text = "".join(
        part if re.fullmatch(r"x_\{\d+\}|[fh]\(", part) else _SYMBOL.sub(symbol, part) for part in parts
    )
    text = re.sub(r"(x_\{\d+\}\s*)\(", r"\1 \\cdot (", text)  # a product, not a function of one
    expression = parse_latex(text)
    expression = expression.replace(sympy.Function("f"), sympy.Max).replace(sympy.Function("h"), sympy.Min)
    missing = expression.free_symbols - set(placeholders) - {sympy.Symbol("pi")}
    if missing:
        raise ValueError(f"symbols that tests/latex.py does not know: {missing} in {latex}")
    known = placeholders | {sympy.Symbol("pi"): sympy.pi}
    return sympy.nsimplify(expression.subs(known, simultaneous=True), rational=True)


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
