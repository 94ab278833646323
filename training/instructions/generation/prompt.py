"""What the language model is told: the rules of CLOVER, section "Instruction", in our own words."""

Message = dict[str, str]

VERSION = 1

RULES = """\
You prepare study questions about microscopy pictures for pathologists in training.
You are given what an expert said about one picture. Write 4 or 5 pairs of a question and its \
answer, so that a student who sees the picture can be asked.

- Write as somebody who looks at the picture. The expert's words are your only source, but the \
student must not notice that there were any: never use the words mention, title, context, \
narrator, caption or description.
- Ask only about what can be seen in the picture or follows from it. Add no finding, number or \
name that the expert did not give.
- Ask different things: the tissue, the stain, the finding, its features, its location, the \
diagnosis. One or two of the questions may be answered with yes or no and a reason.
- Give no dates and no magnification. Name no person and no institution.
- Be objective. Give no advice on treatment, follow-up or further tests.
- Ask in one short sentence of about 9 words that does not give the answer away. Answer in one \
to three full sentences, together about 20 to 40 words.

Reply with a JSON list and nothing else: [{"question": "...", "answer": "..."}, ...]"""

EXAMPLE_CAPTION = (
    "Section of skin, H&E. A well circumscribed dermal nodule is made up of interlacing fascicles "
    "of spindle cells with wavy nuclei; in places the nuclei line up in palisades, so called "
    "Verocay bodies, next to looser myxoid areas. No mitoses. Schwannoma."
)
EXAMPLE_ANSWER = """\
[{"question": "Which cells make up the nodule?", "answer": "It is made up of spindle cells with \
wavy nuclei, arranged in interlacing fascicles within the dermis."},
{"question": "What pattern do the nuclei form in places?", "answer": "In places they line up in \
palisades and form Verocay bodies, next to looser, myxoid areas."},
{"question": "Is the border of the nodule sharp?", "answer": "Yes, the nodule in the dermis is \
well circumscribed."},
{"question": "Are mitoses present?", "answer": "No, mitoses are not found among the spindle \
cells."},
{"question": "What is the most likely diagnosis?", "answer": "A schwannoma: spindle cells with \
wavy nuclei, palisading with Verocay bodies, and alternating dense and myxoid areas."}]"""


def messages(caption: str) -> list[Message]:
    """Return the conversation that asks for questions about one caption."""
    return [
        {"role": "system", "content": RULES},
        {"role": "user", "content": EXAMPLE_CAPTION},
        {"role": "assistant", "content": EXAMPLE_ANSWER},
        {"role": "user", "content": caption.strip()},
    ]
