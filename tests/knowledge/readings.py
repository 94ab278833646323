"""Readings for tests, by what they hold likely."""

from clover_chat.types import Finding, Reading

CANCER, NORMAL = "lung adenocarcinoma", "normal (benign) lung tissue"


def reading(
    label: dict[str, float] | None = None,
    organ: dict[str, float] | None = None,
    stain: dict[str, float] | None = None,
) -> Reading:
    """Return a reading; a lung adenocarcinoma by default."""
    return Reading(
        _ranked(organ or {"lung": 0.98, "colon": 0.02}),
        _ranked(stain or {"H&E": 0.99, "Giemsa/Wright": 0.01}),
        _ranked(label or {CANCER: 0.9, "lung squamous cell carcinoma": 0.08, NORMAL: 0.02}),
    )


def _ranked(findings: dict[str, float]) -> tuple[Finding, ...]:
    found = [Finding(name, probability) for name, probability in findings.items()]
    return tuple(sorted(found, key=lambda each: -each.probability))
