"""What may go wrong through somebody else's doing, in sentences for the person at the screen.

    CloverError
    ├── ConfigError             a setting or option that cannot work
    ├── SharingError            a public link that cannot be had
    ├── ImageError              an upload that is no usable patch
    ├── QuestionError           a question that cannot be asked
    ├── JudgmentError           a judgment of an answer that cannot be kept
    ├── TitleError              a title that no conversation can have
    ├── ExportError             judgments that cannot be written into a folder
    ├── TranscriptError         a file that cannot be imported as a conversation
    ├── ModelError
    │   ├── ModelNotReady       frozen weights are still being fetched or loaded
    │   ├── WeightsError        frozen weights missing, damaged or unreachable
    │   ├── BridgeError         a bridge folder that is incomplete or damaged
    │   │   └── BridgeMismatch  a bridge made for other frozen models
    │   └── GenerationFailed    the language model gave up in the middle of an answer
    ├── PromotionError          a bridge that cannot be put to work, or no way back
    ├── TalkerError             a larger language model that gives no whole answer
    │   ├── TalkerUnreachable   nobody at its address
    │   ├── TalkerRefused       a wrong key, model or address
    │   ├── TalkerTooSlow
    │   ├── TalkerTooLong       an answer without an end
    │   └── TalkerBroke         an answer that broke off, or is none
    ├── SlideError
    │   ├── SlideNotFound       no slide of that name
    │   └── UnsupportedSlide    a file that no reader can open
    ├── StorageError
    │   ├── ConversationNotFound
    │   └── MigrationError      a database from another version
    └── TrainingError           data or options a training run cannot use

A message names the value that was wrong and what to do about it. The page shows these sentences as
they are; anything else is a defect and goes to the log with its traceback.
"""


class CloverError(Exception):
    """Base of everything the person at the screen can do something about."""


class ConfigError(CloverError):
    """A setting or option that cannot work."""


class SharingError(CloverError):
    """A public link cannot be had."""


class ImageError(CloverError):
    """An upload that is no usable patch."""


class QuestionError(CloverError):
    """A question that cannot be asked."""


class JudgmentError(CloverError):
    """A judgment of an answer that cannot be kept."""


class TitleError(CloverError):
    """A title that no conversation can have."""


class ExportError(CloverError):
    """Judgments that cannot be written into a folder."""


class TranscriptError(CloverError):
    """A file cannot be imported as a conversation."""


class ModelError(CloverError):
    """The model cannot answer."""


class ModelNotReady(ModelError):
    """Frozen weights are still being fetched or loaded."""


class WeightsError(ModelError):
    """Frozen weights are missing, damaged or unreachable."""


class BridgeError(ModelError):
    """A bridge folder is incomplete or damaged."""


class BridgeMismatch(BridgeError):
    """A bridge belongs to other frozen models than the ones at hand."""


class GenerationFailed(ModelError):
    """The language model gave up in the middle of an answer."""


class PromotionError(CloverError):
    """A bridge cannot be put to work, or there is none to go back to."""


class TalkerError(CloverError):
    """A larger language model gives no whole answer; the default model can."""


class TalkerUnreachable(TalkerError):
    """Nobody answers at the address of the larger model."""


class TalkerRefused(TalkerError):
    """The larger model's endpoint does not answer such calls."""


class TalkerTooSlow(TalkerError):
    """The larger model takes too long."""


class TalkerTooLong(TalkerError):
    """The larger model's answer does not end."""


class TalkerBroke(TalkerError):
    """The larger model's answer broke off, or is none."""


class SlideError(CloverError):
    """A slide cannot be used."""


class SlideNotFound(SlideError):
    """No slide of that name lies in the slide directory."""


class UnsupportedSlide(SlideError):
    """No reader can open the file."""


class StorageError(CloverError):
    """The database cannot do what was asked."""


class ConversationNotFound(StorageError):
    """No such conversation belongs to this person."""


class MigrationError(StorageError):
    """The database comes from a version this one cannot read."""


class TrainingError(CloverError):
    """Data or options that a training run cannot use."""
