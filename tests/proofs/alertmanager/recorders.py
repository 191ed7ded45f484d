"""Those who are notified: over HTTP, and by mail."""

import email
import email.policy
import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Recorder:
    """Remembers what was posted where. /flaky fails twice with 503 first, /refused always with 400."""

    def __init__(self):
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status = recorder.take(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.lock = threading.Lock()
        self.got = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path, headers, body):
        with self.lock:
            attempts = sum(1 for message in self.got if message["path"] == path)
            status = {"/flaky": 503 if attempts < 2 else 200, "/refused": 400}.get(path, 200)
            self.got.append(
                {
                    "path": path,
                    "type": headers["content-type"],
                    "authorization": headers["authorization"],
                    "status": status,
                    "body": json.loads(body),
                }
            )
            return status

    def messages(self):
        with self.lock:
            return sorted(self.got, key=lambda message: json.dumps(message, sort_keys=True))


class Mailbox:
    """A mail server that takes everything."""

    def __init__(self):
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                say = lambda text: self.wfile.write(text.encode() + b"\r\n")
                say("220 ready")
                people = []
                while line := self.rfile.readline():
                    verb = line.decode().strip()
                    if verb.upper().startswith("RCPT"):
                        people.append(verb.split(":", 1)[1].strip().lower())
                    if verb.upper() == "DATA":
                        say("354 go on")
                        letter = b""
                        while (part := self.rfile.readline()) != b".\r\n":
                            letter += part
                        mailbox.letters.append((sorted(people), letter.decode()))
                    say("221 bye" if verb.upper() == "QUIT" else "250 ok")
                    if verb.upper() == "QUIT":
                        return

        self.letters = []
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def read(self):
        """Who got what: the headers that matter, and the words of the body."""
        read = []
        for people, text in self.letters:
            letter = email.message_from_string(text, policy=email.policy.default)
            body = letter.get_body(("plain",))
            read.append(
                {
                    "people": people,
                    "headers": {name: str(letter[name]) for name in ("Subject", "To", "From", "Reply-To")},
                    "text": body.get_content().split(),
                }
            )
        return sorted(read, key=json.dumps)
