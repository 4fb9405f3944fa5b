#!/usr/bin/env python3
"""Echo (7) and files (8080) on this machine's kernel: the peer that Weir is compared with.

  linux_services.py DIRECTORY
"""
import http.server
import socket
import socketserver
import sys
import threading


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while text := self.request.recv(1 << 16):
                self.request.sendall(text)
        except OSError:
            pass


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6  # and IPv4
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        # Weir's own default; the machine's may be BBR. Connections inherit it.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        super().server_bind()


def main():
    directory = sys.argv[1]
    files = Server(("::", 8080), lambda *a: Files(*a, directory=directory))
    threading.Thread(target=files.serve_forever, daemon=True).start()
    Server(("::", 7), Echo).serve_forever()


if __name__ == "__main__":
    main()
