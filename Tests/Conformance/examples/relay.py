"""A relay between a client and the gateway that closes a kept connection once: as the gateway may do just as a request arrives on it."""

import contextlib
import socket
import threading

from listener import Listener


class Relay(Listener):
    """Listens on `port`. Closes the first connection on which a DELETE follows another request, and passes everything else."""

    def __init__(self, target: int):
        self.target = target
        self.closed = 0
        super().__init__()

    def serve(self, client: socket.socket):
        with client, socket.create_connection(("127.0.0.1", self.target)) as gateway, contextlib.suppress(OSError):
            threading.Thread(target=self.answer, args=(gateway, client), daemon=True).start()
            isKept = False
            while piece := client.recv(1 << 16):
                if isKept and not self.closed and piece.startswith(b"DELETE "):
                    self.closed += 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                isKept = True
                gateway.sendall(piece)

    @staticmethod
    def answer(gateway: socket.socket, client: socket.socket):
        with contextlib.suppress(OSError):
            while piece := gateway.recv(1 << 16):
                client.sendall(piece)
