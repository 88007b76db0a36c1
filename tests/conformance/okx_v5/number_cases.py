"""Three hundred and more ways to write a number in JSON, each with what it is worth: exactly, or nothing.

A case is the JSON text of a value and a word for what it is: `ABSENT` as if it were not there, `NO_NUMBER`, `NO_JSON`,
or a fraction.
"""

from collections.abc import Iterator
from fractions import Fraction

ABSENT, NO_NUMBER, NO_JSON = "absent", "no number", "no JSON"
Worth = Fraction | str
LONGEST = 80  # characters of a number


def number_cases() -> dict[str, Worth]:
    return dict([*_numbers(), *_odd()])


def _numbers() -> Iterator[tuple[str, Worth]]:
    """What is worth something, in all its spellings."""
    plain = ("0", "1", "2", "5", "10", "12", "100", "70000", "78300", "123456789", "9007199254740993")
    points: tuple[str, ...] = (
        "0.1",
        "0.5",
        "0.05",
        "0.0001",
        "0.00000001",
        "1.5",
        "78300.1",
        "78300.05",
        "99999.99999999",
        "0.3",
    )
    points += ("0.000000000000000001", "0.0000000000000000001", "1.000000000000000000001", "0.1000000000000000055511")
    bounds = [str(power + more) for power in (2**31, 2**32, 2**53, 2**63, 2**64) for more in (-1, 0, 1)]
    bounds += [str(10**power + more) for power in (18, 19, 20, 30, 37, 38) for more in (-1, 0)]
    bounds += ["922337203685477580.7", "922337203685477580.8", "922337203685477.5807", "922337203685477.5808"]
    for text in (*plain, *points, *bounds):
        worth = Fraction(text)
        yield text, worth
        yield f'"{text}"', worth
        yield f'"-{text}"', -worth
        yield f'"+{text}"', worth
        yield f"{text}e0", worth
    for text in plain[:8]:
        worth = Fraction(text)
        yield f"-{text}", -worth
        yield f"{text}.0", worth
        yield f'"{text}."', worth
        yield f'"{text}.000000"', worth
        yield f'"00{text}"', worth
        yield f'"{text}e-0"', worth
    for power in (-30, -19, -18, -8, -4, -1, 1, 2, 4, 8, 17, 18, 19, 20, 37, 38, 40):
        for text in ("1", "7.5"):
            worth = Fraction(text) * Fraction(10) ** power
            yield f"{text}e{power}", worth
            yield f'"{text}E{power:+}"', worth
    yield '".5"', Fraction(1, 2)
    yield '"-.5"', -Fraction(1, 2)
    yield '"0e999999"', Fraction(0)
    yield "0e-999999", Fraction(0)
    yield '"100e-2"', Fraction(1)
    yield '"0.0000001e7"', Fraction(1)
    yield '"1' + "0" * 40 + 'e-40"', Fraction(1)
    yield '"1.' + "0" * (LONGEST - 2) + '"', Fraction(1)
    yield '"' + "0" * (LONGEST - 1) + '1"', Fraction(1)


def _odd() -> Iterator[tuple[str, Worth]]:
    for text in ("null", '""', "[]", "{}"):
        yield text, ABSENT
    for text in ("true", "false", "[1]", '["1"]', '{"a":1}', "[[]]", "[null]"):
        yield text, NO_NUMBER
    words: tuple[str, ...] = (
        "abc",
        "-",
        "+",
        ".",
        "e",
        "e5",
        "1e",
        "1e+",
        "1e1.5",
        "1.2.3",
        "--1",
        "++1",
        "+-1",
        "1-",
        "1+1",
        "0x10",
    )
    words += (
        "0b1",
        "0o7",
        "1_000",
        "_1",
        "1_",
        "1,000",
        "1,5",
        "1 000",
        " 1",
        "1 ",
        "1\\n",
        "\\t1",
        "\\u00a01",
        "1\\u0000",
    )
    words += (
        "\\u0000",
        "\\u0661",
        "\\u00b2",
        "\\uff11",
        "\\u09e7.5",
        "\\u4e00",
        "\\u2460",
        "1\\u200b",
        "\\ufeff1",
        "\\u22121",
    )
    words += (
        "NaN",
        "nan",
        "-nan",
        "sNaN",
        "nan123",
        "Infinity",
        "-Infinity",
        "inf",
        "+inf",
        "INF",
        "null",
        "true",
        "None",
    )
    words += (
        "1f",
        "1d",
        "1L",
        "$1",
        "1%",
        "1/2",
        "(1)",
        "1e5e5",
        "1e\\u0661",
        "'1'",
        '\\"1\\"',
        "=1+1",
        "1;",
        "1//",
        "BTC",
    )
    for word in words:
        yield f'"{word}"', NO_NUMBER
    for text in (
        '"1' + "0" * LONGEST + '"',
        '"0.' + "0" * LONGEST + '1"',
        "1" * 200,
        "1." + "0" * 200,
        '"' + "9" * 5_000 + '"',
    ):
        yield text, NO_NUMBER  # longer than any number is
    for text in ("1e400", "-1e400", '"1e400"', '"1e999999999"', '"1e-999999999"', "1e-400", '"9e99999999999999999999"'):
        yield text, NO_NUMBER  # beyond every bound, either way
    texts: tuple[str, ...] = (
        "01",
        "-01",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "-",
        "0x10",
        "1_000",
        "NaN",
        "Infinity",
        "-Infinity",
        "nan",
        "inf",
    )
    texts += ("None", "True", "'1'", "1,5", "1 2", "--1", "\u0661", "\uff11", "1f", "1/2", "$1", "(1)", "1.2.3", "")
    for text in (*texts, "9" * 5_000):
        yield text, NO_JSON
