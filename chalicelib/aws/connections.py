"""Connections to AWS: sockets, by TLS but to emulators, and what was received on them and not read yet.

What goes wrong is told as botocore tells it.
"""

import select
import socket
import ssl
from functools import cached_property
from urllib.parse import urlsplit

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)

LONGEST_HEAD = 64 * 1024
AT_ONCE = 64 * 1024
_JOINED_UP_TO = 16 * 1024


class Connection:
    """A socket to one origin, and what was received on it and not read yet."""

    __slots__ = ("_buffer", "_poll", "_socket", "origin")

    def __init__(self, origin: str, connected: socket.socket) -> None:
        self.origin = origin
        self._socket = connected
        self._buffer = b""
        self._poll = select.poll()
        self._poll.register(connected, select.POLLIN)

    def is_stale(self) -> bool:
        """Whether something came unasked, as the end does: the other side closed it, or is out of step."""
        return bool(self._buffer or self._poll.poll(0))

    def send(self, head: bytes, body: bytes) -> None:
        """Send a whole request."""
        try:
            if len(body) <= _JOINED_UP_TO:
                self._socket.sendall(head + body)
            else:
                self._socket.sendall(head)
                self._socket.sendall(body)
        except OSError as error:
            raise self._ended(error) from error

    def some(self, up_to: int) -> bytes:
        """What comes next, of `up_to` bytes at most; nothing at the end."""
        if self._buffer:
            data, self._buffer = self._buffer[:up_to], self._buffer[up_to:]
            return data
        return self._receive(up_to)

    def until(self, end: bytes) -> bytes:
        """What comes before `end`, which is taken away too."""
        while (at := self._buffer.find(end)) < 0:
            if len(self._buffer) > LONGEST_HEAD:
                raise HTTPClientError(error="A head or a line of an answer is too long.")
            data = self._receive(AT_ONCE)
            if not data:
                raise ConnectionClosedError(endpoint_url=self.origin)
            self._buffer += data
        data, self._buffer = self._buffer[:at], self._buffer[at + len(end) :]
        return data

    def close(self) -> None:
        """Close it; nothing else can be done with it."""
        self._socket.close()

    def __del__(self) -> None:  # of an answer that nobody read, or of a pool that nobody has
        self.close()

    def _receive(self, up_to: int) -> bytes:
        try:
            return self._socket.recv(up_to)
        except OSError as error:
            raise self._ended(error) from error

    def _ended(self, error: OSError) -> HTTPClientError:
        if isinstance(error, TimeoutError):
            return ReadTimeoutError(endpoint_url=self.origin, error=error)
        return ConnectionClosedError(endpoint_url=self.origin, error=error)


class Connector:
    """Makes connections. Timeouts in seconds: to connect, and to wait for the next bytes of an answer."""

    def __init__(self, connect_timeout: float, read_timeout: float) -> None:
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout

    def connect(self, origin: str) -> Connection:
        """Connect to an origin, as https://host.

        Raises:
            botocore.exceptions.ConnectTimeoutError, EndpointConnectionError, SSLError: it did not work.
        """
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            connected = socket.create_connection((host, port), self._connect_timeout)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if parts.scheme == "https":
                connected = self._tls.wrap_socket(connected, server_hostname=host)
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=origin, error=error) from error
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=origin, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=origin, error=error) from error
        connected.settimeout(self._read_timeout)
        return Connection(origin, connected)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()
