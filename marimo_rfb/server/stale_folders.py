"""Removes the directories of servers that were killed before they could do so themselves.

A server holds a lock on a file in its directory, which the system releases however the server dies. Its process id
would not do: another process may have it by now, or it may belong to another container that shares the directory for
temporary files.

Standard library only, because the server imports it at startup.
"""

import contextlib
import os
import re
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["lock_folder", "remove_stale_folders"]

_LOCK = "lock"
# All files that we create there.
_OURS = re.compile(r"[0-9a-f]{16}\.(sock|json)|lock(\.new)?")


def lock_folder(folder: Path) -> int | None:
    """Mark a new directory as in use by a live process.

    Returns:
        a descriptor; while it is open, `remove_stale_folders` skips the directory. `None` on systems without `flock`.

    Raises:
        OSError: the lock file cannot be created or locked.
    """
    if fcntl is None:
        return None
    new = folder / f"{_LOCK}.new"
    lock = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Renamed only after it is locked, or another process could find it unlocked.
        new.rename(folder / _LOCK)
    except BaseException:
        os.close(lock)
        raise
    return lock


def remove_stale_folders(base: Path, prefix: str) -> None:
    """Remove the directories in `base` that begin with `prefix` and whose processes are dead.

    Skips directories of other users, and directories that contain foreign files. Follows no links. Several processes
    may run it concurrently.

    Raises:
        OSError: `base` cannot be read.
    """
    if fcntl is None:
        return
    for entry in os.scandir(base):
        if entry.name.startswith(prefix) and entry.is_dir(follow_symlinks=False):
            with contextlib.suppress(OSError):  # removed by now, locked, or not accessible
                _remove_dead(entry.path, fcntl)


def _remove_dead(path: str, fcntl: ModuleType) -> None:
    with contextlib.ExitStack() as stack:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        stack.callback(os.close, folder)
        if os.fstat(folder).st_uid != os.getuid():
            return
        lock = os.open(_LOCK, os.O_RDWR | os.O_NOFOLLOW, dir_fd=folder)
        stack.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        names = os.listdir(folder)
        if not all(_OURS.fullmatch(name) for name in names):
            return
        # The lock file last, so that the next call finishes an interrupted removal.
        for name in sorted(names, key=lambda name: name == _LOCK):
            os.unlink(name, dir_fd=folder)
        os.rmdir(path)
