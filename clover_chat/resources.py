"""Where the files lie that belong to the program but are no Python: assets and migrations.

A wheel carries them inside the package, under `_data`; a checkout keeps them at its top.
"""

from pathlib import Path

_PACKAGE_DIR = Path(__file__).resolve().parent


def resource_dir(name: str) -> Path:
    """Return the directory of bundled files called `name`.

    Args:
        name: The directory as the checkout calls it, such as `assets` or `migrations`.

    Raises:
        FileNotFoundError: The installation lacks the directory.
    """
    candidates = (_PACKAGE_DIR / "_data" / name, _PACKAGE_DIR.parent / name)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    looked_in = " or ".join(str(candidate) for candidate in candidates)
    raise FileNotFoundError(f"This installation is incomplete: no {name!r} in {looked_in}.")
