"""The host's bill to a brand: a document that anybody can check with nothing but the file. Rules Q-20 to Q-22.

Its lines are the host's share of each of the month's statements, which was collected as the fees came in and is told
here; the services, which are due; and the credits for what was promised and missed. Only the standard library is used.
"""

import html
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from commonbook.clearing.document import Checked, Line, canonical, leaf_hash, opened, read_line, sealed

FORMAT = "commonbook-invoice-1"
LEAST, MOST = ("availability_e8",), ("p99_us",)  # what a measure must at least be; at most be
_RATE_ONE = 100_000_000


def is_missed(measure: str, target: int, measured: int) -> bool:
    """
    Raises:
        ValueError: there is no such measure.
    """
    if measure in LEAST:
        return measured < target
    if measure in MOST:
        return measured > target
    raise ValueError(f"there is no measure {measure}")


def credit_lines(services: int, missed: Sequence[Line]) -> list[Line]:
    """What is credited for each missed measure: its rate of the month's services, rounded down; at most all."""
    left, lines = services, []
    for one in missed:
        credit = min(services * int(one["credit_e8"]) // _RATE_ONE, left)
        left -= credit
        lines.append(one | {"kind": "credit", "amount": str(credit)})
    return lines


def totals_of(lines: Sequence[Line]) -> Line:
    shares: dict[str, int] = {}
    for line in lines:
        if line["kind"] == "cost_share":
            shares[line["asset"]] = shares.get(line["asset"], 0) + int(line["amount"])
    services = sum(int(line["amount"]) for line in lines if line["kind"] == "service")
    credits = sum(int(line["amount"]) for line in lines if line["kind"] == "credit")
    return {
        "cost_shares": {asset: str(amount) for asset, amount in sorted(shares.items())},
        "credits": str(credits),
        "due": str(services - credits),
        "services": str(services),
    }


def invoice_text(facts: Line, lines: Sequence[Line]) -> tuple[str, Line]:
    """The document and its footer."""
    texts = [canonical(facts | {"format": FORMAT, "kind": "header"}), *(canonical(line) for line in lines)]
    footer = sealed(totals_of(lines), [leaf_hash(text) for text in texts])
    return "\n".join([*texts, canonical(footer)]) + "\n", footer


def verify_invoices(paths: Sequence[Path], statements: Sequence[Checked] = ()) -> list[Checked]:
    """Check each file, that the numbers of a brand have no gap, and the cost shares against statements that are given.

    Args:
        statements: outcomes of `statement.verify_clearing`, all good.
    """
    found = [verify_one(path, statements) for path in paths]
    order = sorted(
        (place for place, one in enumerate(found) if one.ok),
        key=lambda place: (found[place].header["brand"], int(found[place].header["number"])),
    )
    for before, after in pairwise(order):
        one, other = found[before], found[after]
        if one.header["brand"] != other.header["brand"]:
            continue
        why = ""
        if int(other.header["number"]) != int(one.header["number"]) + 1:
            why = f"number {int(one.header['number']) + 1} is missing before {other.header['number']}"
        elif other.header["previous_root"] != one.root:
            why = f"the root of number {one.header['number']} should be {one.root}"
        if why:
            found[after] = Checked(other.file, False, 1, why, other.header, other.totals, other.root, other.count)
    return found


def verify_one(path: Path, statements: Sequence[Checked] = ()) -> Checked:
    """Form, hashes, root; each amount from its inputs; the sums from the lines."""
    found = opened(path)
    if isinstance(found, Checked):
        return found
    texts, end = found
    known = {(one.header["brand"], one.header["asset"], one.header["day"]): one for one in statements}
    lines: list[Line] = []
    header: Line = {}
    for number, text in enumerate(texts, 1):
        try:
            line = read_line(text)
            if number == 1:
                header, why = line, "" if line["format"] == FORMAT and int(line["number"]) > 0 else "another format"
            else:
                lines.append(line)
                why = _check_line(line, header, known)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            why = f"the line cannot be read: {error}"
        if why:
            return Checked(path.name, False, number, why)
    services = sum(int(line["amount"]) for line in lines if line["kind"] == "service")
    missed = [
        {name: value for name, value in line.items() if name not in ("kind", "amount")}
        for line in lines
        if line["kind"] == "credit"
    ]
    if [line for line in lines if line["kind"] == "credit"] != credit_lines(services, missed):
        return Checked(path.name, False, len(texts), "the credits are not what the services and rates give")
    expected = sealed(totals_of(lines), [bytes.fromhex(leaf) for leaf in end["leaves"]])
    if expected != end:
        return Checked(path.name, False, len(texts) + 1, f"the footer should say due {expected['due']}")
    return Checked(path.name, True, None, "", header, totals_of(lines), str(end["root"]), int(end["count"]))


def _check_line(line: Line, header: Line, known: dict[tuple[str, str, str], Checked]) -> str:
    match line["kind"]:
        case "service":
            due = int(line["quantity"]) * int(line["price"])
            return "" if int(line["amount"]) == due else f"the amount should be {due}"
        case "credit":
            missed = is_missed(line["measure"], int(line["target"]), int(line["measured"]))
            return "" if missed else f"{line['measure']} {line['measured']} does not miss {line['target']}"
        case "cost_share":
            statement = known.get((header["brand"], line["asset"], line["day"]))
            if statement is None:
                return ""
            same = (statement.root, statement.totals["cost_share"]) == (line["root"], line["amount"])
            return "" if same else f"the statement says cost share {statement.totals['cost_share']}"
        case other:
            return f"there is no line of kind {other}"


def invoice_page(text: str, scales: dict[str, int]) -> str:
    """The same for people, as one HTML page."""
    lines = [read_line(part) for part in text.splitlines()]
    header, end = lines[0], lines[-1]
    rows = "\n".join(_row(line, header, scales) for line in lines[1:-1] if line["kind"] != "cost_share")
    shares = "\n".join(
        f"<tr><td>Cost share in {html.escape(asset)}, collected with the fees</td><td></td><td></td>"
        f"<td>{_whole(int(amount), scales.get(asset, 0))}</td></tr>"
        for asset, amount in end["cost_shares"].items()
    )
    scale, asset = int(header["scale"]), html.escape(header["asset"])
    title = f"Invoice {header['brand']}-{int(header['number']):06d}"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:3rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}td,th{{padding:.3rem .5rem;border-bottom:1px solid #ccc;text-align:left}}
td:nth-child(n+2){{text-align:right;font-variant-numeric:tabular-nums}}code{{word-break:break-all}}</style></head>
<body><h1>{title}</h1><p>For {html.escape(header["month"])}. Amounts in {asset}.</p>
<table><thead><tr><th>What</th><th>Quantity</th><th>Price</th><th>Amount</th></tr></thead><tbody>
{rows}
<tr><th>Due</th><td></td><td></td><td><strong>{_whole(int(end["due"]), scale)}</strong></td></tr>
</tbody></table>
<h2>Already collected</h2><table><tbody>
{shares}
</tbody></table>
<p>Root of the document <code>{html.escape(end["root"])}</code></p></body></html>
"""


def _row(line: Line, header: Line, scales: dict[str, int]) -> str:
    scale = int(header["scale"])
    if line["kind"] == "service":
        cells = (line["service"], line["quantity"], _whole(int(line["price"]), scale))
    else:
        cells = (f"Credit: {line['measure']} {line['measured']}, promised {line['target']}", "", "")
    amount = _whole(int(line["amount"]) * (-1 if line["kind"] == "credit" else 1), scale)
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in (*cells, amount)) + "</tr>"


def _whole(units: int, scale: int) -> str:
    sign, digits = "-" if units < 0 else "", str(abs(units)).zfill(scale + 1)
    return f"{sign}{digits[: len(digits) - scale]}.{digits[len(digits) - scale :]}" if scale else f"{sign}{digits}"
