"""Whether a bridge may take the place of the active one, by the verdict in its folder."""

from clover_chat.errors import PromotionError
from clover_chat.model.bridge_folder import GATE, BridgeFolder, Verdict
from clover_chat.storage.promotions import Gate


def judged(found: BridgeFolder, name: str, active_sha256: str, *, anyway: bool) -> tuple[Gate, str]:
    """Return what the gate said of a bridge, and a remark for the operator.

    Args:
        found: The bridge.
        name: What it is called.
        active_sha256: Of the bridge that answers; "" where that is not known.
        anyway: Whether the operator wants it even so.

    Raises:
        PromotionError: It was refused, or the verdict is about other bridges, and the operator does
            not insist.
    """
    if found.verdict is None:
        return Gate.NONE, (
            f"No gate has compared {name} with the bridge that answered before: there is no {GATE} "
            "in its folder."
        )
    problem = _problem(found, found.verdict, name, active_sha256)
    if not problem:
        return Gate.PASSED, ""
    if not anyway:
        raise PromotionError(f"{problem} It was not promoted; --anyway promotes it even so.")
    return Gate.OVERRIDDEN, f"{problem} It was promoted even so."


def _problem(found: BridgeFolder, verdict: Verdict, name: str, active_sha256: str) -> str:
    if verdict.candidate != found.sha256:
        return (
            f"The {GATE} of {name} is about another bridge: it names SHA-256 "
            f"{verdict.candidate[:12]}, and this one has {found.sha256[:12]}."
        )
    if active_sha256 and verdict.parent != active_sha256:
        return (
            f"The {GATE} of {name} compares it with the bridge {verdict.parent[:12]}, but "
            f"{active_sha256[:12]} is the one that answers."
        )
    return "" if verdict.has_passed else f"The gate refused {name}: see {GATE} in its folder."
