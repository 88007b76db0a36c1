"""Network addresses in lists, as they are compared with where a request comes from. Rule I-7."""

from ipaddress import IPv6Address, ip_address


def usual(text: str) -> str:
    """The usual text of an address. An IPv4 address in the clothes of IPv6 (`::ffff:192.0.2.7`) is the IPv4 one: it is
    the same machine, and its requests come from the latter.

    Raises:
        ValueError: it is none, or names a network interface besides, which says nothing to anybody else.
    """
    found = ip_address(text.strip())
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            raise ValueError(f"{text.strip()[:64]!r} names an interface; give the address alone")
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
    return str(found)
