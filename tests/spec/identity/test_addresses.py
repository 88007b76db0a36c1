"""Addresses in lists, as they are compared. Rule I-7 of docs/rules/identity.md."""

import pytest

from commonbook.brokerage.rules import checked_addresses
from commonbook.errors import BadInput
from commonbook.identity.addresses import usual
from commonbook.oauth.model import ClientKind, Scope
from commonbook.oauth.rules import check_registration


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" 192.0.2.7 ", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:207", "192.0.2.7"),
        ("0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("::1", "::1"),
    ],
)
def test_i7_an_address_has_one_text_however_it_is_written(text: str, told: str) -> None:
    assert usual(text) == told


@pytest.mark.parametrize(
    "text", ["", "fe80::1%eth0", "192.0.2", "192.0.2.7/32", "192.0.2.07", "::ffff:192.0.2.7%1", "host"]
)
def test_i7_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        usual(text)


def test_i7_lists_of_brokers_and_of_their_applications_are_read_alike() -> None:
    mapped = "::ffff:192.0.2.7"
    assert checked_addresses([mapped], 1) == ("192.0.2.7",)
    with pytest.raises(BadInput, match="twice"):
        checked_addresses(["192.0.2.7", mapped], 2)
    with pytest.raises(BadInput):
        checked_addresses(["::ffff:0.0.0.0"], 1)
    given = ("Bots", ClientKind.SECRET, ["https://app.example/done"], frozenset({Scope.READ}))
    assert check_registration(*given, [mapped, "192.0.2.7"], 0) == ("192.0.2.7",)
