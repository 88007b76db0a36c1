"""What an applicant may send, for any text: it is taken as it is spelled or refused. BE-2 and BE-3."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from commonbook.brokerage.rules import checked_addresses, checked_codes, checked_redirects
from commonbook.errors import BadInput

MARKS = ("://", "//", ":", "/", "\\", "@", "#", "?", "*", ".", "..", "%2e", "\t", "\n", " ", "\0", "\u3002", "\uff0f")
NAMES = ("https", "http", "127.0.0.1", "[::1]", "localhost", "north.example", "443", "a=b", "user")
pieces = st.sampled_from((*MARKS, *NAMES))
urls = (
    st.text()
    | st.lists(pieces, max_size=8).map("".join)
    | st.tuples(st.sampled_from(["https://", "http://"]), st.lists(pieces, max_size=6).map("".join)).map("".join)
)


@given(urls, st.booleans())
def test_be3_a_redirect_address_is_one_that_browsers_and_we_read_alike(url: str, is_public_client: bool) -> None:
    try:
        (taken,) = checked_redirects([url], is_public_client, 1)
    except BadInput:
        return
    parts = urlsplit(taken)
    assert taken == url  # compared later, character by character
    assert re.fullmatch(r"[a-z0-9.:-]+", parts.hostname or "")
    assert not set(url) & set("#*\\@\t\n \0")
    is_loopback = parts.hostname in ("127.0.0.1", "::1")
    assert parts.scheme == ("http" if is_loopback else "https")
    assert is_public_client or not is_loopback
    assert not {".", ".."} & set(parts.path.split("/"))


@given(st.lists(st.text(max_size=40) | st.ip_addresses().map(str), max_size=3))
def test_be3_an_address_of_a_server_has_one_spelling(addresses: list[str]) -> None:
    try:
        taken = checked_addresses(addresses, 3)
    except BadInput:
        return
    assert [ip_address(one) for one in taken] == [ip_address(one) for one in addresses]
    assert checked_addresses(list(taken), 3) == taken
    assert len(set(taken)) == len(addresses)


@given(st.lists(st.text(max_size=20) | st.from_regex(r"[A-Za-z0-9]{1,17}", fullmatch=True), max_size=4))
def test_be2_a_code_is_letters_and_digits_and_like_no_other(wished: list[str]) -> None:
    try:
        taken = checked_codes(wished, ("okx",), 3)
    except BadInput:
        return
    assert list(taken) == wished
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,16}", one, re.ASCII) and one.lower() != "okx" for one in taken)
    assert len({one.lower() for one in taken}) == len(taken) <= 3
