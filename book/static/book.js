// A formula keeps the bracket before it and the comma after it on its line: a browser would break there.
function keepTogether(formula) {
  const [before, after] = [formula.previousSibling, formula.nextSibling];
  const opening = before?.nodeType === Node.TEXT_NODE ? before.data.match(/[(\[“]*$/)[0] : "";
  const closing = after?.nodeType === Node.TEXT_NODE ? after.data.match(/^[.,:;?!)\]”’–-]*/)[0] : "";
  if (!opening && !closing) return;
  if (opening) before.data = before.data.slice(0, -opening.length);
  if (closing) after.data = after.data.slice(closing.length);
  const together = document.createElement("span");
  together.style.whiteSpace = "nowrap";
  formula.replaceWith(together);
  together.append(opening, formula, closing);
}

addEventListener("DOMContentLoaded", () => document.querySelectorAll("span.math").forEach(keepTogether));
