"""Which files may be slides, and which of them belong together.

A slide is not always one file: a MIRAX slide is a `.mrxs` file and a folder of the same name, a
Hamamatsu VMS slide an index with JPEG files beside it, a DICOM slide a folder full of instances of
one series.
"""

from collections.abc import Iterator
from pathlib import Path

SINGLE_FILE = frozenset(
    {".svs", ".tif", ".tiff", ".ndpi", ".scn", ".svslide", ".bif", ".czi", ".dcm"}
    | {".png", ".jpg", ".jpeg"}
)
"""Suffixes of slides that are complete in one file, so that one can be uploaded."""

INDEX_FILE = frozenset({".mrxs", ".vms", ".vmu"})
"""Suffixes of slides that need further files beside them."""

_BESIDE_VMS = frozenset({".jpg", ".jpeg", ".opt"})
_HEAD_BYTES = 128 * 1024
_SERIES_UID = b"\x20\x00\x0e\x00UI"


def is_candidate(path: Path) -> bool:
    """Say whether a file's suffix, or the DICOM mark of a file without one, promises a slide."""
    suffix = path.suffix.lower()
    return suffix in SINGLE_FILE | INDEX_FILE or (not suffix and is_dicom(path))


def is_dicom(path: Path) -> bool:
    """Say whether a file carries the mark of DICOM."""
    try:
        with path.open("rb") as file:
            file.seek(128)
            return file.read(4) == b"DICM"
    except OSError:
        return False


def series_of(path: Path) -> bytes | None:
    """Return the identifier of the DICOM series a file belongs to, None where none is found."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    start = head.find(_SERIES_UID)
    if start < 0:
        return None
    start += len(_SERIES_UID)
    length = int.from_bytes(head[start : start + 2], "little")
    return head[start + 2 : start + 2 + length]


def main_files(folder: Path) -> Iterator[tuple[Path, ...]]:
    """Yield the slides directly inside a folder, each as the files worth trying in turn.

    Almost always that is one file. The instances of a DICOM series are interchangeable, but some
    (labels, overviews) cannot be opened alone: up to three are named, largest first.
    """
    files = sorted(each for each in folder.iterdir() if _is_visible_file(each))
    has_vms = any(each.suffix.lower() in {".vms", ".vmu"} for each in files)
    series: dict[bytes, list[Path]] = {}
    for path in files:
        if not is_candidate(path) or (has_vms and path.suffix.lower() in _BESIDE_VMS):
            continue
        uid = series_of(path) if is_dicom(path) else None
        if uid is None:
            yield (path,)
        else:
            series.setdefault(uid, []).append(path)
    for members in series.values():
        yield tuple(sorted(members, key=lambda each: -each.stat().st_size)[:3])


def companion_dir(path: Path) -> Path | None:
    """Return the folder that belongs to a MIRAX slide, None for anything else."""
    if path.suffix.lower() != ".mrxs":
        return None
    folder = path.with_suffix("")
    return folder if folder.is_dir() else None


def subfolders(folder: Path) -> list[Path]:
    """Return the folders inside that may hold slides, without links and MIRAX companions."""
    companions = {path.with_suffix("") for path in folder.iterdir() if companion_dir(path)}
    return sorted(
        each
        for each in folder.iterdir()
        if each.is_dir()
        and not each.is_symlink()
        and not each.name.startswith(".")
        and each not in companions
    )


def _is_visible_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")
