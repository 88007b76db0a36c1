"""What a password must be, how long a failure makes the next try wait, and what an address says of a place."""

from ipaddress import ip_address, ip_network

PASSWORD_LEAST, PASSWORD_MOST, PASSWORD_KINDS = 10, 256, 5
DOUBLINGS_MOST = 40  # beyond this a wait is the longest one in any case


def password_fault(password: str, address: str) -> str:
    """What is wrong with a password, "" when nothing is.

    Args:
        address: the user's mail address, normalized.

    Source: docs/rules/people.md, PE-3.
    """
    if len(password) < PASSWORD_LEAST:
        return f"it has {len(password)} characters, and {PASSWORD_LEAST} are the least"
    if len(password) > PASSWORD_MOST:
        return f"it has {len(password)} characters, and {PASSWORD_MOST} are the most"
    if len(set(password)) < PASSWORD_KINDS:
        return f"it has {len(set(password))} different characters, and {PASSWORD_KINDS} are the least"
    if password.casefold() in (address, address.partition("@")[0]):
        return "it is your address"
    return ""


def wait_s(failures: int, free: int, first_s: int, most_s: int) -> int:
    """Seconds from a failure to the next try: none for the first `free`, then `first_s`, and twice as long each time.

    Source: docs/rules/people.md, PE-5.
    """
    beyond = failures - free
    return 0 if beyond <= 0 else min(first_s << min(beyond - 1, DOUBLINGS_MOST), most_s)


def place_of(address: str) -> str:
    """The network that an address is in, as its owner is shown it: /24, or /48 of the newer kind; "" for none."""
    return _network(address, 24, 48)


def party_of(address: str) -> str:
    """Whom failures from an address count against: itself, or the /64 that one line has of the newer kind."""
    return _network(address, 32, 64)


def _network(address: str, old_bits: int, new_bits: int) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    bits = old_bits if found.version == 4 else new_bits
    return str(ip_network(f"{found}/{bits}", strict=False))
