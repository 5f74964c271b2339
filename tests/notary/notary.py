#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""labseal-notary against those it asks: an authority that is right or wrong, witnesses that lie."""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

import tsa
from lab import BUILD, Liar, Notary, OurWitness, Place, check, finish, wait_for

# --- time stamps ------------------------------------------------------------------------------------


def time_stamps(place, authority):
    server = tsa.serve(authority, lambda: place.checkpoint().encode(), pause=20)
    at = f"http://127.0.0.1:{server.server_port}"
    place.fresh()
    n = Notary(place.policy(f"{at}/good"))
    check("a time stamp is handed over", n.says(r"info: notary\.time-stamp: CN = ?Example TSA|notary\.time-stamp: "), n.said)
    check("it ends in order", n.end() == 0, n.said)
    detail = json.loads(place.file("time-stamp.json") or "{}")
    check("it names the checkpoint", detail.get("checkpoint") == place.checkpoint() and
          detail.get("size") == int(place.checkpoint().split("\n")[1]), detail)
    with open(f"{place.work}/token.tsr", "wb") as f:
        f.write(base64.b64decode(detail.get("token", "")))
    with open(f"{place.work}/stamped", "w") as f:
        f.write(detail.get("checkpoint", ""))
    check("openssl ts verifies the token", subprocess.run(
        ["openssl", "ts", "-verify", "-in", f"{place.work}/token.tsr", "-data", f"{place.work}/stamped", "-CAfile",
         f"{place.work}/ca.pem"], capture_output=True).returncode == 0)
    check("asked as RFC 3161 says", server.asked == [("/good", "application/timestamp-query")], server.asked)

    # what waits to be sealed is not overtaken, what was just stamped is not stamped again
    n = Notary(place.policy(f"{at}/good"))
    looked = lambda: wait_for(lambda: place.file("trouble") == "")  # it is written after each look
    check("with one that waits none is asked for", looked() and n.end() == 0 and len(server.asked) == 1, server.asked)
    os.rename(f"{place.state}/notary/time-stamp.json", f"{place.state}/notary/stamped")  # as labseald does
    n = Notary(place.policy(f"{at}/good"))
    check("and none while nothing new was sealed", looked() and n.end() == 0 and len(server.asked) == 1, server.asked)
    with open(f"{place.state}/notary/stamped", "w") as f:
        f.write(f"{detail.get('size')}\n")  # an earlier version's
    n = Notary(place.policy(f"{at}/good"))
    check("also where an earlier version stamped it", looked() and n.end() == 0 and len(server.asked) == 1, server.asked)

    place.fresh()
    slow = place.state, Notary(place.policy(f"{at}/slow"))
    for path, identifier, words in [
        ("other-ca", "time-stamp.certificate", "does not hold"),
        ("imprint", "time-stamp.token", "imprint"),
        ("nonce", "time-stamp.token", "nonce"),
        ("refused", "time-stamp.refused", "go away"),
        ("garbage", "time-stamp.form", "no TimeStampResp"),
        ("empty", "time-stamp.form", "empty"),
        ("html", "notary.time-stamp.type", "is it the address"),
        ("huge", "http.size", "more than 16384 bytes"),
        ("error", "notary.time-stamp.status", "status 500"),
        ("redirect", "notary.time-stamp.status", "status 302"),
        ("redirect-file", "notary.time-stamp.status", "status 302"),
    ]:
        place.fresh()
        n = Notary(place.policy(f"{at}/{path}"))
        told = n.says(rf"warning: {re.escape(identifier)}: .*{words}.*asked again in 10 s, sealing goes on")
        check(f"{path}: told, and tried again", told, n.said)
        trouble = wait_for(lambda: place.file("trouble")) or ""
        check(f"{path}: labseald is told", re.search(f"^no time stamp: .*{words}", trouble), trouble)
        n.end()
        check(f"{path}: nothing is handed over", place.file("time-stamp.json") is None)
        check(f"{path}: no trouble of a notary that is gone", place.file("trouble") is None)
    check("no redirect was followed", [p for p, _ in server.asked].count("/good") == 1, server.asked)
    return slow


def too_slow(place, state, n):
    place.state = state
    check("slow: told, and tried again", n.says(r"warning: http: .*does not answer"), n.said)
    n.end()
    check("slow: nothing is handed over", place.file("time-stamp.json") is None)


# --- witnesses --------------------------------------------------------------------------------------


def lies(place):
    liar, other = Liar(place.work), Liar(place.work)

    def now():
        """Of each answer: the notary takes none that is five minutes old, and all of this can last longer."""
        return int(time.time())

    def text_of(body):
        return body.split("\n\n")[1] + "\n"

    answers = {
        "other-checkpoint": lambda body: (200, liar.line(text_of(body).replace("\n7\n", "\n8\n") + "x\n", now())),
        "other-key": lambda body: (200, other.line(text_of(body), now())),
        "old": lambda body: (200, liar.line(text_of(body), now() - 86400)),
        "future": lambda body: (200, liar.line(text_of(body), now() + 86400)),
        "garbage": lambda body: (200, "— nothing\n"),
        "nothing": lambda body: (200, ""),
        "huge": lambda body: (200, liar.line(text_of(body), now()) * 500),
        # behind an empty line the checkpoint with its lines is the text: signed is that, and no checkpoint
        "other-text": lambda body: (200, "\n" + liar.line(body.split("\n\n", 1)[1], now())),
        "newer": lambda body: (409, "1000\n"),
        "no-size": lambda body: (409, "seven\n"),
        "other-sizes": lambda body: (409, "3\n" if body.startswith("old 0\n") else "2\n"),
        "fork": lambda body: (422, "no\n"),
        "forbidden": lambda body: (403, "no\n"),
        "unknown": lambda body: (404, "no\n"),
        "failed": lambda body: (500, "no\n"),
    }

    class Handler(tsa.Handler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, said = answers[self.path.split("/")[1]](body)
            self.send(status, said.encode(), "text/x.tlog.size" if status == 409 else "text/plain")

    server = tsa.serve(None, None, Handler)
    for path, level, words in [
        ("other-checkpoint", "warning", r"witness\.signature: the witness 'liar.*no cosignature of this checkpoint"),
        ("other-key", "warning", r"witness\.unsigned: .*carries no line"),
        ("old", "warning", r"witness\.time: .*another time than now"),
        ("future", "warning", r"witness\.time: .*another time than now"),
        ("garbage", "warning", r"note\.form: the witness 'liar"),
        ("nothing", "warning", r"witness\.unsigned: "),
        ("huge", "warning", r"http\.size: .*more than 16384"),
        ("other-text", "warning", r"witness\.text: .*an empty line"),
        ("newer", "error", r"witness\.fork: .*cosigned this log at size 1000"),
        ("no-size", "warning", r"witness\.conflict: .*without the size"),
        ("other-sizes", "warning", r"witness\.conflict: .*one size after the other"),
        ("fork", "error", r"witness\.fork: .*\(422\)"),
        ("forbidden", "warning", r"witness\.key: .*'log' line"),
        ("unknown", "warning", r"witness\.unknown: .*'log' line"),
        ("failed", "warning", r"witness\.status: .*status 500"),
    ]:
        place.fresh()
        n = Notary(place.policy(witnesses=[f"{liar.vkey} http://127.0.0.1:{server.server_port}/{path}"]))
        check(f"witness {path}: told", n.says(rf"{level}: {words}"), n.said)
        n.end()
        check(f"witness {path}: no line is handed over", place.file("cosigned") is None, place.file("cosigned"))
    # of many lines that hold one is enough: a checkpoint has room for 32, and others want theirs
    newest = now()
    answers["many"] = lambda body: (200, "".join(liar.line(text_of(body), newest - i) for i in range(20)))
    place.fresh()
    n = Notary(place.policy(witnesses=[f"{liar.vkey} http://127.0.0.1:{server.server_port}/many"]))
    check("many lines: handed over", wait_for(lambda: place.file("cosigned") is not None), n.said)
    n.end()
    check("and one of them, the newest", place.file("cosigned") == place.checkpoint() + liar.line(
        place.checkpoint().split("\n\n")[0] + "\n", newest), place.file("cosigned"))
    server.shutdown()


def witnesses(place):
    one, two = OurWitness(place, "one.example/w"), OurWitness(place, "two.example/w")
    place.fresh()
    n = Notary(place.policy(witnesses=[one.at, two.at]))
    check("both cosign", wait_for(lambda: (place.file("cosigned") or "").count("— ") == 3), n.said)
    check("there is no trouble", wait_for(lambda: place.file("trouble") == ""), place.file("trouble"))
    check("the checkpoint with their lines", (place.file("cosigned") or "").startswith(place.checkpoint()))
    n.end()
    # one that cosigned before is asked from its size on, and one that is away does not keep the other
    two.end()
    place.fresh()
    n = Notary(place.policy(witnesses=[two.at, one.at]))
    check("one is away: told", n.says(r"warning: http: the witness 'two.example/w': .*does not answer"), n.said)
    check("and the other's line is there", wait_for(lambda: "— one.example/w" in (place.file("cosigned") or "")),
          place.file("cosigned"))
    trouble = wait_for(lambda: place.file("trouble")) or ""
    check("labseald is told of the one", re.match("not cosigned: .*'two.example/w': ", trouble) and
          "one.example" not in trouble, trouble)
    n.end()
    one.end()


def growing(work):
    """A log that grows past full tiles is cosigned at each size, from the size before; a fork of it never."""
    place = Place.__new__(Place)
    place.work, place.folder, place.share = work, f"{work}/grow", f"{work}/grow/share"

    def make(size, seed=0):
        shutil.rmtree(place.folder, ignore_errors=True)
        subprocess.run([f"{BUILD}/tests/tools/make_share", "--results", str(size), "--events", "0", "--no-folders", "--seed", str(seed),
                        "--keys", f"{work}/keys", place.folder], check=True, capture_output=True)

    make(5)
    place.take(place.folder)
    w = OurWitness(place, "grow.example/w")
    for size in (5, 256, 700):
        make(size)
        place.fresh()
        n = Notary(place.policy(witnesses=[w.at]))
        check(f"a log of {size} is cosigned", wait_for(lambda: f"\n{size}\n" in (place.file("cosigned") or "")), n.said)
        n.end()
    make(600)
    place.fresh()
    n = Notary(place.policy(witnesses=[w.at]))
    check("an older log: told loudly", n.says(r"error: witness\.fork: .*at size 700"), n.said)
    n.end()
    make(700, 1)
    place.fresh()
    n = Notary(place.policy(witnesses=[w.at]))
    check("another log of the same size: told loudly", n.says(r"error: witness\.fork"), n.said)
    n.end()
    w.end()


def usage(place):
    def run(*words):
        return subprocess.run([f"{BUILD}/labseal-notary", *words], capture_output=True, text=True, timeout=60)

    place.fresh()
    check("no policy: usage", run().returncode == 2)
    check("a policy that is not there", run(f"{place.work}/none").returncode == 3)
    idle = run(place.policy())
    check("nothing to ask: said", idle.returncode == 0 and "notary.idle" in idle.stderr, idle)
    bad = run(place.policy("http://127.0.0.1:1/", ca="good.pem"))
    check("no CA: refused", bad.returncode == 3 and "no CA's" in bad.stderr, bad)
    none = run(place.policy("http://127.0.0.1:1/", ca="none.pem"))
    check("no file: refused", none.returncode == 4 and "signing.timestamp.ca" in none.stderr, none)


def main():
    with tempfile.TemporaryDirectory(prefix="labseal-notary-") as work:
        os.chmod(work, 0o755)
        place = Place(work)
        authority = tsa.Authority(work)
        usage(place)
        slow = time_stamps(place, authority)
        lies(place)
        witnesses(place)
        growing(work)
        too_slow(place, *slow)
    finish("notary")


main()
