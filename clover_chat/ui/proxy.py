"""A reverse proxy that has signed people in already and names them in a header.

Anybody can write a header. So it counts from addresses that the operator names only, and only where
it is there once: a proxy that adds its own behind one from outside is set up wrongly.
"""

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

from clover_chat.errors import ConfigError
from clover_chat.storage.sign_in_file import LONGEST_NAME

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxy:
    """Reads who is asking from a proxy's header.

    Args:
        header: Name of the header.
        addresses: Addresses and networks of proxies, such as 10.0.0.2 or 10.1.0.0/16.

    Raises:
        ConfigError: There is no address, or one cannot be read.
    """

    def __init__(self, header: str, addresses: Sequence[str]) -> None:
        if not addresses:
            raise ConfigError(
                "CLOVER_PROXY_USER_HEADER is believed from the addresses in "
                "CLOVER_TRUSTED_PROXIES only, and that names none."
            )
        self._header = header.lower()
        self._networks = tuple(map(_network, addresses))

    def name(self, scope: Scope) -> str | None:
        """Return who is asking, None where a trusted proxy does not say so."""
        names = Headers(scope=scope).getlist(self._header)
        if len(names) != 1 or not self.is_trusted(scope):
            return None
        try:
            name = names[0].encode("latin-1").decode().strip()
        except UnicodeError:
            return None
        return name if name.isprintable() and 0 < len(name) <= LONGEST_NAME else None

    def is_trusted(self, scope: Scope) -> bool:
        """Say whether a request comes from a trusted proxy."""
        try:
            address = ipaddress.ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def _network(address: str) -> Network:
    try:
        return ipaddress.ip_network(address.strip())
    except ValueError as error:
        raise ConfigError(
            f"CLOVER_TRUSTED_PROXIES names {address!r}, which is no address or network such as "
            "10.0.0.2 or 10.1.0.0/16."
        ) from error
