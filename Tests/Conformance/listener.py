"""A server on a free port of 127.0.0.1 with a thread for each connection."""

import contextlib
import socket
import threading


class Listener:
    """Accepts connections, until it is closed, and leaves each to `serve`."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket):
        raise NotImplementedError

    def close(self):
        self.listener.close()
