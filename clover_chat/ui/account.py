"""What the side bar says of who is here: their name, the way out, the operator's page, a notice."""

from collections.abc import Iterable
from typing import Any

import gradio as gr

from clover_chat.ui.markup import plain
from clover_chat.ui.people import LOCAL, People

_PERSON = "person:"


class Account:
    """Who somebody is to this server; holds nothing of any one person.

    Args:
        people: Tells who is asking.
        operators: Names of those who see the operator's page.
        notice: A sentence for everybody, "" for none.
    """

    def __init__(self, people: People, operators: Iterable[str] = (), notice: str = "") -> None:
        self._people = people
        self._operators = frozenset(f"{_PERSON}{name}" for name in operators)
        self._notice = notice

    def is_operator(self, owner: str) -> bool:
        """Say whether a person may see the operator's page: the one at this machine, or a named."""
        return owner == LOCAL or owner in self._operators

    def connect(self, page: gr.Blocks, options: dict[str, Any]) -> None:
        """Place the lines and have them filled in when the page opens."""
        lines = gr.HTML(elem_id="account")
        page.load(self.on_load, None, lines, **options)

    def on_load(self, request: gr.Request) -> str:
        """Return the lines for whoever opens the page."""
        owner = self._people.owner(request)
        links = []
        if self.is_operator(owner):
            links.append('<a href="operator/" target="_blank">Operate</a>')
        if owner.startswith(_PERSON):
            name = plain(owner.removeprefix(_PERSON))
            links.append(f"<span>{name}</span>")
            links.append('<form method="post" action="sign-out"><button>Sign out</button></form>')
        notice = f'<p class="clover-notice">{plain(self._notice)}</p>' if self._notice else ""
        return f'{notice}<div class="clover-account">{"".join(links)}</div>' if links else notice
