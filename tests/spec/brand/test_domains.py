"""BR-9: which names can be a brand's domain, and which pass for another's."""
# ruff: noqa: RUF001 - letters that look like others are what this is about

import pytest

from commonbook.brand import domains
from commonbook.errors import BadInput

SUFFIXES = ("github.io", "Blogspot.com.")
HOSTS = ("hosthouse.com",)


def taken(text: str) -> str:
    found = domains.normalized(text)
    domains.must_be_ownable(found, SUFFIXES, HOSTS)
    return found


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("north-ex.com", "north-ex.com"),
        ("Trade.NORTH-ex.COM.", "trade.north-ex.com"),
        (" north.io ", "north.io"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("BÜCHER.de", "xn--bcher-kva.de"),
        ("xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("north.co.uk", "north.co.uk"),
        ("north.github.io", "north.github.io"),
        ("a.b.c.d.north.exchange", "a.b.c.d.north.exchange"),
        ("1inch.io", "1inch.io"),
        ("ﬁnance.com", "finance.com"),
        ("nor\u200bth.com", "north.com"),  # what cannot be seen is not there
    ],
)
def test_br9_a_domain_is_kept_as_dns_has_it(text: str, kept: str) -> None:
    assert taken(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "com", "localhost", "a", "co.uk", "com.au", "github.io", "blogspot.com", "GITHUB.io"),
        *("*.north.com", "north.*", "*", "127.0.0.1", "10.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "0x7f000001"),
        *("017700000001", "[::1]", "::1", "::ffff:127.0.0.1", "fe80::1%eth0", "１２７.０.０.１", "north.1", "1.2"),
        *("north.local", "north.localhost", "north.test", "north.invalid", "north.onion", "north.internal"),
        *("hosthouse.com", "www.hosthouse.com", "north.example", "1.0.0.127.in-addr.arpa"),
        *("-north.com", "north-.com", "no_rth.com", "no rth.com", "north..com", ".north.com", "north.com/x"),
        *("north.com:80", "user@north.com", "http://north.com", "north.com?x", "north.com#x", "nor\x00th.com"),
        *("a" * 64 + ".com", ".".join(["a" * 60] * 5) + ".com", "xn--a.com", "xn--0.com"),
        *("раypal.com", "gооgle.com", "nοrth.com", "аpple-store.io", "xn--pypal-4ve.com"),  # of two scripts in a word
    ],
)
def test_br9_what_cannot_be_a_brands_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="domain"):
        taken(text)


@pytest.mark.parametrize(
    ("twin", "of"),
    [
        ("аррӏе.com", "apple.com"),  # all Cyrillic
        ("paypa1.com", "paypal.com"),
        ("g00gle.com", "google.com"),
        ("rnicro.com", "micro.com"),
        ("vvest.com", "west.com"),
        ("nörth.com", "north.com"),
        ("nor-th.com", "north.com"),
        ("trade.paypa1.com", "paypal.com"),  # the part that matters
        ("сосо.com", "coco.com"),
        ("ехо.com", "exo.com"),
    ],
)
def test_br9_what_looks_like_anothers_domain_is_seen(twin: str, of: str) -> None:
    assert domains.looks_like(domains.normalized(twin), ["other.net", of]) == of


def test_br9_a_domain_is_no_twin_of_itself_or_of_what_is_above_it() -> None:
    assert domains.looks_like("north.com", ["north.com"]) is None
    assert domains.looks_like("trade.north.com", ["north.com"]) is None
    assert domains.looks_like("south.com", ["north.com"]) is None
    assert domains.looks_like("north.net", ["north.com"]) is None


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("North.com", "north.com"),
        ("north.com:8080", "north.com"),
        ("north.com.", "north.com"),
        ("north.com.:80", "north.com"),
        ("[::1]:80", "[::1]"),
        ("", ""),
        (":80", ""),
    ],
)
def test_br8_a_host_header_is_read_without_its_port(header: str, host: str) -> None:
    assert domains.host_of(header) == host
