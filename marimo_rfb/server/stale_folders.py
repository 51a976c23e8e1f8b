"""Takes away the directories of servers that were killed, which could not do it themselves.

A server holds a lock on a file in its directory, and the system lets go of it whatever the server dies of. The id of
its process would not do: another process may have it by now, or it may be one of another container that shares the
directory for temporary files.

Standard library only, because a server imports it while it starts.
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
# All that we ever put there.
_OURS = re.compile(r"[0-9a-f]{16}\.(sock|json)|lock(\.new)?")


def lock_folder(folder: Path) -> int | None:
    """Mark a new directory as that of a living process; `None` where there are no such locks.

    Returns:
        a descriptor, as long as which is open `sweep` leaves the directory alone.

    Raises:
        OSError: the file cannot be made, or not be locked.
    """
    if fcntl is None:
        return None
    new = folder / f"{_LOCK}.new"
    held = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Only now by the name that others look for, or they could find it before it is locked.
        new.rename(folder / _LOCK)
    except BaseException:
        os.close(held)
        raise
    return held


def remove_stale_folders(base: Path, prefix: str) -> None:
    """Remove the directories in `base` that begin with `prefix` and whose processes are dead.

    Those of others are left alone, as is whatever holds something that is not ours. No link is followed. Several
    processes may do it at a time.

    Raises:
        OSError: `base` cannot be read.
    """
    if fcntl is None:
        return
    for entry in os.scandir(base):
        if entry.name.startswith(prefix) and entry.is_dir(follow_symlinks=False):
            with contextlib.suppress(OSError):  # gone by now, or not to be entered
                _remove_dead(entry.path, fcntl)


def _remove_dead(path: str, fcntl: ModuleType) -> None:
    with contextlib.ExitStack() as ending:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        ending.callback(os.close, folder)
        if os.fstat(folder).st_uid != os.getuid():
            return
        lock = os.open(_LOCK, os.O_RDWR | os.O_NOFOLLOW, dir_fd=folder)
        ending.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        names = os.listdir(folder)
        if not all(_OURS.fullmatch(name) for name in names):
            return
        # The lock is the last: what is interrupted here is found by the next that looks.
        for name in sorted(names, key=lambda name: name == _LOCK):
            os.unlink(name, dir_fd=folder)
        os.rmdir(path)
