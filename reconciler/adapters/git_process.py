"""Runs one git process: exact bytes in and out, a deadline, and its whole process group killed when that passes."""

from __future__ import annotations

import os
import selectors
import signal
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from typing import BinaryIO, cast

from reconciler.adapters.git_words import on_few_lines, redacted
from reconciler.errors import GitError

_CHUNK = 1 << 16
_GRACE = 5.0


class TimedOut(GitError):
    """Git was killed at its deadline; what it did on the remote until then is not known."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a git process ended.

    Attributes:
        words: What it said on stderr, without credentials and control characters.
    """

    code: int
    stdout: bytes
    words: str


@dataclass(frozen=True, slots=True)
class Runner:
    """The one door to git processes: where they run, with which settings and for how long.

    Attributes:
        directory: Where the process runs.
        timeout: How long it may take; for a stream, how long it may stay silent.
        flags: Stand before the git command in every argument list. Never a secret: everybody can read it in ``ps``.
        variables: Laid over the environment.
        inherited: First letters of the GIT_ variables that the process may keep from ours.
        secrets: Values that no message may hold.
        lock: A descriptor that each process holds open, so that a lock lives as long as the last of them.
    """

    directory: Path
    timeout: timedelta
    flags: tuple[str, ...]
    variables: Mapping[str, str]
    inherited: tuple[str, ...]
    secrets: tuple[str, ...] = field(default=(), repr=False)
    lock: int | None = None

    def finish(self, *arguments: str, stdin: bytes = b"") -> Finished:
        """Run git to its end, whatever its exit code.

        Raises:
            TimedOut: It was killed at the deadline.
            GitError: There is no git.
        """
        with self._started(arguments, PIPE) as process:
            try:
                stdout, stderr = process.communicate(stdin, self.timeout.total_seconds())
            except TimeoutExpired:
                raise self._timed_out(arguments) from None
        return Finished(process.returncode, stdout, self._words(stderr))

    def output(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git and give what it wrote.

        Raises:
            GitError: Its exit code is not 0, or as ``finish``.
        """
        finished = self.finish(*arguments, stdin=stdin)
        if finished.code != 0:
            raise self.failed(arguments, finished)
        return finished.stdout

    def stream(self, *arguments: str, stdin: bytes = b"") -> Generator[bytes, None, None]:
        """Run git and give what it writes, piece by piece; it is killed when the caller stops early.

        Raises:
            GitError: As ``output``; what was given before stands.
        """
        with tempfile.TemporaryFile() as source:
            source.write(stdin)
            source.seek(0)
            with self._started(arguments, source) as process:
                stderr = bytearray()
                yield from self._pieces(process, stderr, arguments)
                code = process.wait(_GRACE)
        if code != 0:
            raise self.failed(arguments, Finished(code, b"", self._words(bytes(stderr))))

    def failed(self, arguments: tuple[str, ...], finished: Finished) -> GitError:
        """Give the error of a process whose exit code was not expected."""
        words = finished.words or "no reason given"
        return GitError(f"git {arguments[0]}: exit code {finished.code}, expected 0: {words}")

    def _pieces(self, process: Popen[bytes], stderr: bytearray, arguments: tuple[str, ...]) -> Iterator[bytes]:
        with selectors.DefaultSelector() as selector:
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(self.timeout.total_seconds())
                if not ready:
                    raise self._timed_out(arguments)
                for key, _ in ready:
                    piece = os.read(key.fd, _CHUNK)
                    if not piece:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is process.stdout:
                        yield piece
                    else:
                        stderr += piece

    @contextmanager
    def _started(self, arguments: tuple[str, ...], stdin: BinaryIO | int) -> Iterator[Popen[bytes]]:
        try:
            from git import Git, GitCommandNotFound  # noqa: PLC0415 - costs 100 ms, which not every command needs
        except ImportError:
            raise _no_git() from None
        try:
            held = Git(str(self.directory)).execute(
                [*self._without(), "git", *self.flags, *arguments],
                istream=stdin,
                as_process=True,
                shell=False,
                env=self.variables,
                start_new_session=True,
                pass_fds=() if self.lock is None else (self.lock,),
            )
        except GitCommandNotFound:
            raise _no_git() from None
        process = cast("Popen[bytes]", held.proc)  # lives as long as ``held``: GitPython ends what nobody holds
        try:
            yield process
        finally:
            _end(process)

    def _without(self) -> list[str]:
        """Take variables away: GitPython only lays more of them over ours."""
        unwanted = [
            name
            for name in sorted(os.environ)
            if name.startswith("GIT_") and not name.startswith(self.inherited) and name not in self.variables
        ]
        return ["env", *(part for name in unwanted for part in ("-u", name))] if unwanted else []

    def _words(self, stderr: bytes) -> str:
        return on_few_lines(redacted(stderr.decode("utf-8", "replace"), self.secrets))

    def _timed_out(self, arguments: tuple[str, ...]) -> TimedOut:
        return TimedOut(
            f"git {arguments[0]}: no end after {self.timeout.total_seconds():g} s, killed",
            hint="look at the network and the remote, then run again",
        )


def _no_git() -> GitError:
    return GitError("git: no such program on PATH, expected one", hint="install git 2.34 or newer")


def _end(process: Popen[bytes]) -> None:
    """Leave nothing of a process that did not end by itself, its helpers included."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(TimeoutExpired):
            process.wait(_GRACE)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
