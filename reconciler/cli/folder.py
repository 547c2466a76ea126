"""Reads an agent's folder from the disk and writes files beside it; nothing outside the folder is ever touched."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from reconciler.errors import ReconcilerError

MAX_FILE_BYTES = 1024 * 1024
MAX_FILES = 200_000
_SKIPPED_FOLDERS = frozenset({".git", "node_modules", ".venv"})


class Folder(Mapping[str, bytes]):
    """The regular files of a folder by POSIX path; a file is read when it is asked for, and once.

    Args:
        paths: Where each file lies.
    """

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths
        self._read: dict[str, bytes] = {}

    def __getitem__(self, path: str) -> bytes:
        if path not in self._read:
            self._read[path] = _read_regular(self._paths[path])
        return self._read[path]

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def executables(self) -> frozenset[bytes]:
        """Give the contents of the files that can be executed, of those that were read."""
        return frozenset(data for path, data in self._read.items() if os.access(self._paths[path], os.X_OK))


def read_folder(folder: Path, within: tuple[str, ...] = ()) -> tuple[Folder, list[str]]:
    """Find the regular files of a folder.

    Args:
        folder: The folder.
        within: Paths, and folders with a final slash, below it; only these are looked at. Empty for all of it.

    Returns:
        The files, and a line for each one that was left out. A link to a file is followed when it stays in the folder;
        ``.git``, ``node_modules`` and ``.venv`` are passed over.

    Raises:
        ReconcilerError: The folder holds more files than an agent's configuration and its project would.
    """
    root = folder.resolve()
    paths: dict[str, Path] = {}
    left_out: list[str] = []
    for parent, folders, names in os.walk(root):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        left_out += [f"{_relative(Path(parent, name), root)}: a link to a folder" for name in sorted(links)]
        if within:
            folders[:] = [name for name in folders if _is_within(f"{_relative(Path(parent, name), root)}/", within)]
        for name in sorted(names):
            path = Path(parent, name)
            relative = _relative(path, root)
            if within and not relative.startswith(within):
                continue
            if why := _why_not(path, root):
                left_out.append(f"{relative}: {why}")
            else:
                paths[relative] = path
        if len(paths) > MAX_FILES:
            raise ReconcilerError(f"{folder}: found more than {MAX_FILES} files, expected one agent's folder")
    return Folder(paths), left_out


def write_folder(
    folder: Path, files: Mapping[str, bytes], *, merged: Mapping[str, bytes], executables: Collection[bytes] = ()
) -> list[str]:
    """Write the files that are not there yet, all or none. A link that was read gives way to a file of its own.

    Args:
        folder: Where to write; made when it is missing.
        files: Bytes by path from the folder.
        merged: The files the conversion has read; one of them may change when it still is what was read.
        executables: The contents that can be executed where they come from; what begins with ``#!`` can be anyway.

    Returns:
        The paths that were written, in order.

    Raises:
        ReconcilerError: A file with other content stands in the way, or a path leaves the folder.
    """
    new = {path: data for path, data in sorted(files.items()) if _standing(folder / path) != data}
    in_the_way = [f"{path}: {why}" for path in new if (why := _in_the_way(folder, path, merged))]
    if in_the_way:
        listed = "\n".join(f"  {line}" for line in in_the_way)
        raise ReconcilerError(
            f"{folder}: found {len(in_the_way)} files that a conversion would overwrite, expected none; "
            f"nothing was written\n{listed}",
            hint="move them away, or name an empty folder with --out",
        )
    for path, data in new.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink():
            place.unlink()  # what it leads to is somebody else's, often the source's memory, and stays as it is
        place.write_bytes(data)
        if data.startswith(b"#!") or data in executables:
            place.chmod(place.stat().st_mode | 0o111)
    return list(new)


def _read_regular(path: Path) -> bytes:
    # Opened without following or waiting: between the walk and now it may have become a link or a pipe.
    descriptor = os.open(path.resolve(), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_FILE_BYTES + 1)[:MAX_FILE_BYTES]


def _is_within(folder: str, within: tuple[str, ...]) -> bool:
    return any(folder.startswith(place) or place.startswith(folder) for place in within)


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _why_not(path: Path, root: Path) -> str:
    try:
        os.fsencode(path).decode()
        target = path.resolve(strict=True)
        status = target.stat()
    except UnicodeDecodeError:
        return "a name that is no UTF-8"
    except (OSError, RuntimeError):
        return "a link to nothing"
    if not target.is_relative_to(root) or any(part in _SKIPPED_FOLDERS for part in target.relative_to(root).parts):
        return "a link that leaves the folder"
    if not stat.S_ISREG(status.st_mode):
        return "no regular file"
    return f"{status.st_size} bytes, over {MAX_FILE_BYTES}" if status.st_size > MAX_FILE_BYTES else ""


def _standing(place: Path) -> bytes | None:
    return place.read_bytes() if place.is_file() else None


def _in_the_way(folder: Path, path: str, merged: Mapping[str, bytes]) -> str:
    place = folder / path
    root = folder.resolve()
    if not place.parent.resolve().is_relative_to(root):
        return "its folder is a link that leaves the folder"
    if place.is_symlink() and merged.get(path) != _standing(place):
        return "a link"
    blocked = next((one for one in place.relative_to(folder).parents if (folder / one).is_file()), None)
    if blocked is not None:
        return f"{blocked.as_posix()} is a file"
    if not place.exists() or (place.is_file() and merged.get(path) == _standing(place)):
        return ""
    return "has other content" if place.is_file() else "no regular file"
