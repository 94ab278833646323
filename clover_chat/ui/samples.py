"""What a newcomer can try at once: a public-domain patch and questions that suit any patch."""

from importlib.util import find_spec
from pathlib import Path

QUESTIONS = (
    "What is the main finding?",
    "Which organ is this from?",
    "Which stain was used?",
    "Is it benign or malignant?",
)


def patch_path() -> Path:
    """Return the immunohistochemistry patch (colon, CC0) that scikit-image carries in its wheel."""
    spec = find_spec("skimage")  # found, not imported: importing it takes a second
    if spec is None or spec.origin is None:
        raise FileNotFoundError("scikit-image is not installed.")
    return Path(spec.origin).parent / "data" / "ihc.png"
