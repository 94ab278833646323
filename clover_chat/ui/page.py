"""The page: which components there are, and which event goes to which handler."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from clover_chat.services.transcripts.transcript import RESEARCH_USE
from clover_chat.types import Sampling
from clover_chat.ui import (
    access,
    arranging,
    comparing,
    earlier,
    evidence,
    look,
    shortcuts,
    transcripts,
    viewer,
)
from clover_chat.ui.account import Account
from clover_chat.ui.desk import Desk
from clover_chat.ui.handlers import Handlers
from clover_chat.ui.judging import Components, JudgingHandlers, consent_component, panel_component
from clover_chat.ui.scripts import Scripts
from clover_chat.ui.slides import SlideHandlers
from clover_chat.ui.texts import catalogue
from clover_chat.ui.texts.catalogue import text

ACCEPTED = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"]
LONGEST_PASTE = 1_000_000  # beyond it, pasted text would become a file
AT_ONCE = 64
STALE_UPLOADS_S = (600, 3600)  # look every ten minutes, throw away what is older than an hour
DISCLAIMER = RESEARCH_USE


def build(
    handlers: Handlers,
    judging: JudgingHandlers,
    account: Account,
    pairs: comparing.ComparingHandlers,
    scripts: Scripts,
    slide_suffixes: Sequence[str],
) -> gr.Blocks:
    """Return the page, ready to be launched.

    Args:
        handlers: What happens on events.
        judging: What happens when somebody judges an answer.
        account: Says who is here.
        pairs: What happens when somebody compares two.
        scripts: The scripts of the slide viewer.
        slide_suffixes: Files that can be uploaded as slides.
    """
    page: gr.Blocks
    with gr.Blocks(
        title="CLOVER Chat",
        analytics_enabled=False,
        fill_height=True,
        fill_width=True,
        delete_cache=STALE_UPLOADS_S,
    ) as page:
        desk = gr.State(Desk())
        wanted, view = gr.Textbox(visible=False), gr.Textbox(visible=False)
        timer = gr.Timer(1.0)
        with gr.Sidebar(width=288, elem_id="side"):
            gr.HTML(look.brand())
            new = gr.Button(text("New conversation"), elem_id="new", size="md")
            gr.Button(text("Open a slide"), elem_id="slides", size="md")
            gr.HTML(look.shelf_link(), elem_id="shelf")
            side = arranging.components()
            consent = consent_component()
            settings = _settings()
            compare = comparing.button_component()
            account.connect(page, {"show_progress": "hidden", "api_visibility": "private"})
        with gr.Row(elem_id="bench"):
            slides = viewer.component(scripts, slide_suffixes)
            with gr.Column(elem_id="main", scale=1):
                access.component()
                catalogue.component()
                state = gr.HTML(elem_id="state")
                files, seen_by_model = transcripts.menu(), evidence.component()
                before = earlier.component()
                chatbot = _chatbot()
                welcome = gr.HTML(
                    look.welcome(), elem_id="welcome", js_on_load=look.script("welcome.js")
                )
                strip = gr.HTML(elem_id="pointed", js_on_load=look.script("pointed.js"))
                panel = panel_component()
                two = comparing.panel_component()
                composer = _composer()
                gr.HTML(f'<p class="clover-disclaimer">{DISCLAIMER}</p>', elem_id="disclaimer")
                shortcuts.component()

        screen = [composer, chatbot, side.listing, strip]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        at_once: dict[str, Any] = {**quiet, "queue": False}
        page.load(handlers.on_tick, None, [state, timer], **at_once)
        page.load(transcripts.on_load, None, [files, seen_by_model], **at_once)
        timer.tick(handlers.on_tick, None, [state, timer], **at_once)
        composer.stop(handlers.on_stop, [desk], None, **at_once)

        showing: dict[str, Any] = {**quiet, "outputs": screen, "concurrency_limit": AT_ONCE}
        asking, seen = [desk, *settings], look.script("view.js")
        for shown in (
            page.load(handlers.on_load, [wanted, desk], js=look.script("wanted.js"), **showing),
            side.listing.select(handlers.on_open, [desk], trigger_mode="multiple", **showing),
            side.found.select(handlers.on_open, [desk], trigger_mode="multiple", **showing),
            side.listing.delete(handlers.on_delete, [desk], trigger_mode="multiple", **showing),
            side.listing.restore(handlers.on_restore, [desk], trigger_mode="multiple", **showing),
            before.select(handlers.on_earlier, [desk], **showing),
            files.select(handlers.on_open, [desk], **showing),
            new.click(handlers.on_new, [desk], **showing),
            composer.submit(handlers.on_ask, [composer, view, *asking], js=seen, **showing),
            welcome.select(handlers.on_sample, [composer, view, *asking], js=seen, **showing),
            chatbot.retry(handlers.on_retry, asking, **showing),
            chatbot.edit(handlers.on_edit, asking, **showing),
            chatbot.option_select(handlers.on_switch, [desk], **showing),
        ):
            shown.then(judging.on_turn, [desk], panel, **at_once)
            shown.then(pairs.on_turn, [desk], two, **at_once)
            shown.then(earlier.on_turn, [desk], before, **at_once)
            shown.then(
                handlers.on_follow,
                [desk],
                concurrency_id="answers",
                trigger_mode="multiple",
                **showing,
            )
        always: dict[str, Any] = {**quiet, "trigger_mode": "multiple", "concurrency_limit": AT_ONCE}
        handlers.arranging.connect(side, desk, always)
        judging.connect(page, Components(panel, consent), chatbot, desk, always)
        parts = comparing.Components(compare, two)
        pairs.connect(parts, screen, [composer, view, *asking], desk, always)
        _connect_viewer(slides, strip, desk, handlers.slides, always)
    return page


def _connect_viewer(
    slides: gr.HTML, strip: gr.HTML, desk: gr.State, on: SlideHandlers, always: dict[str, Any]
) -> None:
    """Connect the viewer's events, which carry their own values, to their handlers."""
    for event, handler in (
        (slides.list, on.on_list),
        (slides.open, on.on_open),
        (slides.renew, on.on_renew),
        (slides.discard, on.on_discard),
        (slides.keep, on.on_keep),
        (slides.forget, on.on_forget),
        (slides.bring, on.on_import),
        (slides.export, on.on_export),
    ):
        event(handler, None, slides, **always)
    slides.take(on.on_upload, None, slides, **always)
    slides.point(on.on_point, [desk], strip, **always)
    strip.drop(on.on_drop, [desk], strip, **always)
    slides.halt(on.on_stop_look, [desk], None, **always)
    slides.look(on.on_look, [desk], slides, **always)


def _chatbot() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        show_label=False,
        container=False,
        height="100%",
        scale=1,
        layout="bubble",
        buttons=["copy"],
        editable="user",
        feedback_options=("Like", "Dislike"),
        allow_file_downloads=False,
        allow_tags=False,
        latex_delimiters=[],
        watermark=DISCLAIMER,
        group_consecutive_messages=False,
    )


def _composer() -> gr.MultimodalTextbox:
    return gr.MultimodalTextbox(
        elem_id="composer",
        show_label=False,
        container=False,
        placeholder="Ask about a picture, or pathology …",
        file_types=ACCEPTED,
        file_count="multiple",
        sources=["upload"],
        max_lines=8,
        max_plain_text_length=LONGEST_PASTE,
        autofocus=True,
    )


def _settings() -> list[gr.components.Component]:
    usual = Sampling()
    with gr.Accordion(text("Answer settings"), open=False, elem_id="settings"):
        return [
            gr.Slider(
                0,
                1.5,
                usual.temperature,
                step=0.05,
                label=text("Temperature"),
                info=text("0 takes the likeliest word each time."),
            ),
            gr.Slider(0.05, 1, usual.top_p, step=0.05, label=text("Top-p")),
            gr.Slider(16, 512, usual.max_tokens, step=16, label=text("Maximum length, in tokens")),
            gr.Number(usual.seed, precision=0, minimum=0, label=text("Seed")),
        ]
