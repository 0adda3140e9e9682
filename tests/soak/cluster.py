"""A PostgreSQL of the test's own, that can be killed without hurting anybody else's."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

STARTED_S = 120
# Found where Debian and others put it, if it is not on the path.
_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
# A kill is no power cut: what was written is there, whether or not it reached the disk.
_SETTINGS = ("fsync=off", "max_connections=120", "shared_buffers=128MB", "autovacuum=off")


def find(program: str) -> str | None:
    """Where a program of PostgreSQL's is."""
    return shutil.which(program, path=os.pathsep.join([*map(str, _PLACES), os.environ["PATH"]]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A server in a new folder; it refuses to run as root, so then it runs as `postgres`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="jifen-soak-"))
        self.port = free_port()
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self.folder, self._user)
        self._server: subprocess.Popen[bytes] | None = None
        self._run(
            "initdb",
            "-D",
            str(self.folder / "data"),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        )
        self.start()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *words: str) -> None:
        found = find(program)
        assert found
        subprocess.run(
            [found, *words], user=self._user, cwd=self.folder, check=True, stdout=subprocess.DEVNULL
        )

    def start(self) -> None:
        """Start, and wait until it answers; what a killed one has left behind may take a while."""
        deadline = time.monotonic() + STARTED_S
        while not self._answers():
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            if self._server is None or self._server.poll() is not None:
                self._spawn()
            time.sleep(0.2)

    def _spawn(self) -> None:
        options = [word for setting in _SETTINGS for word in ("-c", setting)]
        program = find("postgres")
        assert program
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    program,
                    "-D",
                    str(self.folder / "data"),
                    "-p",
                    str(self.port),
                    "-k",
                    str(self.folder),
                    "-c",
                    "listen_addresses=127.0.0.1",
                    *options,
                ],
                user=self._user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """As if it had never heard of it: the postmaster dies, its children find out."""
        assert self._server
        os.kill(self._server.pid, signal.SIGKILL)
        self._server.wait()

    def create(self, name: str, template: str = "template0") -> str:
        """A database, empty or a copy of another; its URL."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def close(self) -> None:
        """End it and remove its folder."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(60)
        shutil.rmtree(self.folder)
