"""The three places where the loop talks to the operating system: waiting, sending, and room for many sockets."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import selectors
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

READ, WRITE = 1, 4  # EPOLLIN and EPOLLOUT
SEND_BUFFER = 64 * 1024


class EpollWatch:
    """Waiting with epoll: one registration per socket, no Python object for it."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.add: Callable[[int, int], None] = self.epoll.register
        self.change: Callable[[int, int], None] = self.epoll.modify
        self.forget: Callable[[int], None] = self.epoll.unregister

    def wait(self, seconds: float | None) -> list[tuple[int, int]]:
        """File descriptors with what they are ready for; errors and hang-ups count as readable."""
        return [(fd, mask & WRITE | (READ if mask & ~WRITE else 0)) for fd, mask in self.epoll.poll(seconds, 1024)]

    def close(self) -> None:
        self.epoll.close()


class SelectorWatch:
    """The same over the selectors module, for systems without epoll (kqueue on macOS and the BSDs)."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()

    def add(self, fd: int, mask: int) -> None:
        self.selector.register(fd, self.events(mask))

    def change(self, fd: int, mask: int) -> None:
        self.selector.modify(fd, self.events(mask))

    def forget(self, fd: int) -> None:
        self.selector.unregister(fd)

    def events(self, mask: int) -> int:
        return (selectors.EVENT_READ if mask & READ else 0) | (selectors.EVENT_WRITE if mask & WRITE else 0)

    def wait(self, seconds: float | None) -> list[tuple[int, int]]:
        ready = self.selector.select(seconds)
        return [
            (key.fd, (READ if mask & selectors.EVENT_READ else 0) | (WRITE if mask & selectors.EVENT_WRITE else 0)) for key, mask in ready
        ]

    def close(self) -> None:
        self.selector.close()


Watch = EpollWatch | SelectorWatch


def watch() -> Watch:
    return EpollWatch() if hasattr(select, "epoll") else SelectorWatch()


def plain_send(fd: int, data: bytes) -> int:
    """Bytes the kernel took, -1 when it takes none for now. Raises OSError when the peer is gone."""
    try:
        return os.write(fd, data)
    except BlockingIOError:
        return -1


def gil_keeping_send() -> Callable[[int, bytes], int]:
    """`plain_send` through a C call that keeps the interpreter lock.

    A non-blocking send takes microseconds. Python's own gives the lock away each time, and when a page is being rendered it gets it
    back only after a switch interval: measured with one busy thread, a frame to 1,000 sockets took 971 ms that way and 19 ms this way.
    """
    write = ctypes.PyDLL(None, use_errno=True).write
    write.argtypes, write.restype = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t), ctypes.c_ssize_t

    def send(fd: int, data: bytes) -> int:
        sent: int = write(fd, data, len(data))
        # Python's way knows the errors; whatever failed here fails there again, with a name.
        return sent if sent >= 0 else plain_send(fd, data)

    return send


def sender() -> Callable[[int, bytes], int]:
    try:
        return gil_keeping_send()
    except (OSError, AttributeError):
        return plain_send


def tune(sock: socket.socket) -> None:
    """Make a socket ours: never wait, send small frames at once, and let the kernel hold little for a slow reader."""
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if sock.family in {socket.AF_INET, socket.AF_INET6}:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def forget_unsent(sock: socket.socket) -> None:
    """Let the coming close reset the connection instead of keeping unsent bytes in the kernel for minutes."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def make_room() -> int:
    """Raise this process's limit of open files as far as it may; gives the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):
            return soft
    return hard
