"""Small servers on loopback that the checks of releases and recipes talk to."""

import fcntl
import functools
import http.server
import pathlib
import socket
import socketserver
import ssl
import struct
import threading
import time


def loopback_up() -> None:
    """Brings `lo` up, in a network of one's own."""
    get, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, get, request))[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh", b"lo", flags | up))


class Served:
    """A server on a thread of its own, ended with the block."""

    server: socketserver.BaseServer

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Mail(Served):
    """A mail server that takes everything. `pause.clear()` makes it wait before it answers a message."""

    def __init__(self, port: int = 0, tls: tuple[str, str] | None = None, address: str = "127.0.0.1") -> None:
        self.taken: list[bytes] = []
        self.paused = False
        self.pause = threading.Event()
        self.pause.set()
        self.tls = None
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*tls)
        outer = self

        class Session(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    outer.session(self.request)
                except OSError:
                    pass

        self.server = Threads((address, port), Session)
        self.port = self.server.server_address[1]

    def session(self, stream: socket.socket) -> None:
        if self.tls:
            stream = self.tls.wrap_socket(stream, server_side=True)
        file = stream.makefile("rwb")

        def say(text: str) -> None:
            file.write(text.encode() + b"\r\n")
            file.flush()

        say("220 mail.test ESMTP")
        while line := file.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                say("250-mail.test\r\n250 AUTH PLAIN")
            elif verb == b"DATA":
                say("354 go on")
                lines = []
                while (line := file.readline()) not in (b".\r\n", b""):
                    lines.append(line)
                self.paused = not self.pause.is_set()
                self.pause.wait(30)
                self.taken.append(b"".join(lines))
                say("250 taken")
            elif verb == b"AUTH":
                say("235 come in")
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")

    def wait_for(self, what: str, wanted, within: float = 20.0) -> None:
        end = time.monotonic() + within
        while not wanted():
            assert time.monotonic() < end, f"no mail came {what}"
            time.sleep(0.01)


class Dns(Served):
    """A name server that knows these names, and says of all others that they do not exist."""

    def __init__(self, names: dict[str, str], port: int = 53) -> None:
        self.asked: set[str] = set()
        outer = self

        class Query(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                query, reply_to = self.request
                labels, at = [], 12
                while query[at]:
                    labels.append(query[at + 1 : at + 1 + query[at]].decode())
                    at += query[at] + 1
                (kind,) = struct.unpack_from(">H", query, at + 1)
                question = query[12 : at + 5]
                name = ".".join(labels).lower()
                outer.asked.add(name)
                address = names.get(name) if kind == 1 else None
                code = 0 if name in names else 3
                head = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, 1 if address else 0, 0, 0)
                record = b""
                if address:
                    record = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address)
                reply_to.sendto(head + question + record, self.client_address)

        self.server = socketserver.ThreadingUDPServer(("127.0.0.1", port), Query)


class Files(Served):
    """Serves the files of a directory by HTTP."""

    def __init__(self, directory: pathlib.Path) -> None:
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

        self.server = Threads(("127.0.0.1", 0), functools.partial(Quiet, directory=str(directory)))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
