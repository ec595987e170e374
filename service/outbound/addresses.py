"""Which addresses may be asked: against server-side request forgery (SSRF), only those of the
public internet, unless it was added with --allow-private.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread

_UNICAST = IPv6Network("2000::/3")
"""All that is assigned for use across the internet."""
_RELAYED = (IPv6Network("2001::/23"), IPv6Network("2002::/16"))
"""Teredo, 6to4 and their like: they lead to an IPv4 address that the number hides."""
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64: the last four bytes are the IPv4 address, and public hosts are reached this way."""


class Refused(Exception):
    """The address is not on the public internet, or there is none; the message says which."""


def is_public(text: str) -> bool:
    """Whether an IP address, as the resolver writes it, is on the public internet."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address in _TRANSLATED:
            return is_public(str(IPv4Address(int(address) & 0xFFFF_FFFF)))
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if address not in _UNICAST or any(address in each for each in _RELAYED):
            return False
    return address.is_global and not address.is_multicast


def checked(host: str, addresses: list[str], private: bool) -> list[str]:
    """The addresses. Refused if one of them is not public, and that was not allowed."""
    hidden = [each for each in addresses if not is_public(each)]
    if hidden and not private:
        raise Refused(
            f"{host} is on a private network ({hidden[0]}); add it with --allow-private if that"
            " is meant"
        )
    return addresses


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """The IP addresses of a host. Refused if it has none, TimeoutError if that takes too long.

    The resolver knows no time limit, so it works in a thread that nobody waits for any longer.
    """
    answers: SimpleQueue[list[str] | OSError | UnicodeError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(each[4][0]) for each in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    Thread(target=ask, name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, list):
        return answer
    raise Refused(f"{host} has no address (it cannot be resolved)")
