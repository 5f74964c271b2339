# SPDX-License-Identifier: Apache-2.0
"""A time-stamping authority on loopback: openssl ts behind HTTP, right or wrong as the path says."""
import http.server
import subprocess
import threading
import time

CONFIG = """[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[good]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[code]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,codeSigning
[tsa]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
accuracy = secs:1
signer_digest = sha256
"""


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, **more)


class Authority:
    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()  # requests come side by side, and files are openssl's only way
        with open(f"{folder}/tsa.cnf", "w") as f:
            f.write(CONFIG.format(folder=folder))
        with open(f"{folder}/serial", "w") as f:
            f.write("1000\n")
        self.make_ca("ca")
        self.make_ca("other-ca")
        self.certify("good", "ca")
        self.certify("code", "ca")
        self.certify("good", "other-ca", "other")

    def make_ca(self, name):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", f"{self.folder}/{name}.key", "-out", f"{self.folder}/{name}.pem", "-days", "30", "-subj",
            f"/CN=Example {name}", "-extensions", "ca", "-config", self.config())

    def config(self):
        path = f"{self.folder}/req.cnf"
        with open(path, "w") as f:
            f.write("[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = Example TSA\n" +
                    CONFIG.format(folder=self.folder))
        return path

    def certify(self, section, ca, name=None):
        name = name or section
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            f"{self.folder}/{name}.key", "-out", f"{self.folder}/{name}.csr", "-subj", "/CN=Example TSA", "-config",
            self.config())
        run("openssl", "x509", "-req", "-in", f"{self.folder}/{name}.csr", "-CA", f"{self.folder}/{ca}.pem", "-CAkey",
            f"{self.folder}/{ca}.key", "-CAcreateserial", "-days", "20", "-extfile", f"{self.folder}/tsa.cnf",
            "-extensions", section, "-out", f"{self.folder}/{name}.pem")

    def reply(self, query, name="good"):
        with self.lock:
            with open(f"{self.folder}/query", "wb") as f:
                f.write(query)
            return run("openssl", "ts", "-reply", "-config", f"{self.folder}/tsa.cnf", "-section", "tsa", "-queryfile",
                       f"{self.folder}/query", "-signer", f"{self.folder}/{name}.pem", "-inkey",
                       f"{self.folder}/{name}.key").stdout

    def query(self, data, *more):
        with self.lock:
            with open(f"{self.folder}/data", "wb") as f:
                f.write(data)
            return run("openssl", "ts", "-query", "-data", f"{self.folder}/data", "-sha256", "-cert", *more).stdout


REFUSAL = bytes([0x30, 0x10, 0x30, 0x0E, 2, 1, 2, 0x30, 9, 0x0C, 7]) + b"go away"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body, kind="application/timestamp-reply", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    def do_POST(self):
        a = self.server.authority
        query = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers["Content-Type"]))
        answers = {
            "/good": lambda: self.send(200, a.reply(query)),
            "/other-ca": lambda: self.send(200, a.reply(query, "other")),
            "/imprint": lambda: self.send(200, a.reply(a.query(b"something else"))),
            "/nonce": lambda: self.send(200, a.reply(a.query(self.server.data(), "-no_nonce"))),
            "/refused": lambda: self.send(200, REFUSAL),
            "/garbage": lambda: self.send(200, b"\x30\x82" + b"\xff" * 500),
            "/empty": lambda: self.send(200, b""),
            "/html": lambda: self.send(200, b"<html>welcome</html>", "text/html"),
            "/huge": lambda: self.send(200, b"\x30" * 200000),
            "/error": lambda: self.send(500, b"no"),
            "/redirect": lambda: self.send(302, b"", Location="http://127.0.0.1:%d/good" % self.server.server_port),
            "/redirect-file": lambda: self.send(302, b"", Location="file:///etc/passwd"),
            "/slow": lambda: (time.sleep(self.server.pause), self.send(200, a.reply(query))),
        }
        answers.get(self.path, lambda: self.send(404, b""))()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Who asked has hung up: an answer that was too long, or came too late."""


def serve(authority, data, handler=Handler, pause=0):
    """A server on a port of its own; data: what the checkpoint is, when it is asked for."""
    server = Server(("127.0.0.1", 0), handler)
    server.authority, server.data, server.asked, server.pause = authority, data, [], pause
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
