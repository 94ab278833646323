// The slide viewer: puts its parts together and speaks with the page.

import { createChooser } from "./chooser.js";
import { createDrawing } from "./drawing.js";
import { button, el, icon } from "./dom.js";
import { createFrame } from "./frame.js";
import { listen } from "./keys.js";
import { createLayer } from "./layer.js";
import { loadLibrary } from "./library.js";
import { createPanels } from "./panels.js";
import { createSelection } from "./selection.js";
import { createStage } from "./stage.js";
import { createToolbar } from "./toolbar.js";
import { pixels } from "./units.js";

const RENEW_MS = 25 * 60 * 1000; // a permission lasts at least an hour

export function start(page) {
  page.base = new URL(".", document.baseURI).pathname;
  const { element, props, trigger, watch } = page;
  const root = element.querySelector(".clover-viewer");
  const stageElement = el("div", { class: "cv-stage" });
  const canvas = el("div", { class: "cv-canvas" });
  const title = el("span", { class: "cv-title" });
  const body = el("div", { class: "cv-body" }, stageElement);
  const note = el("output", { class: "cv-note", role: "status" });
  stageElement.append(canvas, note);
  root.append(head(), body);

  let stage = null;
  let slide = null;
  let shown = null; // the region that somebody came back to
  let marks = [];
  let goal = null; // where to go once the slide is open
  let lastRenewal = 0;

  const frame = createFrame(root);
  const layer = createLayer(stageElement, (region) => pick(region.region));
  const selection = createSelection(stageElement, { ask, keep, changed: redraw });
  const panels = createPanels(body, page, { go: pick, ask, turned: panelsTurned });
  const chooser = createChooser(body, page, { chosen: (id) => open(id), turned: chooserTurned });
  const actions = {
    in: () => stage.zoomBy(1.6), out: () => stage.zoomBy(1 / 1.6), home: () => stage.home(),
    left: () => stage.rotate(-90), right: () => stage.rotate(90), flip: () => stage.flip(),
    draw: () => drawing.turn(!drawing.isOn(), slide), tissue: toggleTissue, full: () => frame.toggleFull(),
    zoomTo: (zoom) => stage.zoomTo(zoom), pan: (x, y) => stage.pan(x, y),
    preset: (place) => { const zoom = toolbar.zoomOf(place); if (zoom) stage.zoomTo(zoom); },
    ask: askView, mark: markView, leave, isReady: () => Boolean(stage?.isOpen()) && !chooser.isOpen(),
  };
  const toolbar = createToolbar(stageElement, props.options.presets, actions);
  let drawing = { turn() {}, isOn: () => false };
  listen(root, stageElement, actions);

  function head() {
    return el(
      "header", { class: "cv-head" },
      button("Choose a slide", { class: "cv-choose", onclick: () => (chooser.isOpen() && slide ? chooser.close() : showChooser()) }, icon("slides"), title),
      button("Ask about this view (A)", { class: "cv-button is-main cv-ask", onclick: () => askView() }, "Ask", el("span", { class: "cv-wide" }, " about this view")),
      button("Look over the slide", { class: "cv-tool cv-look", onclick: () => panels.toggleLook() }, icon("look")),
      button("Bookmarks", { class: "cv-tool cv-marks", onclick: () => panels.toggleMarks() }, icon("mark")),
      button("Label and macro", { class: "cv-tool cv-label", hidden: true, onclick: () => panels.toggleLabel() }, icon("label")),
      button("Close the viewer", { class: "cv-tool cv-close", onclick: () => close() }, icon("close")),
    );
  }

  function showChooser() {
    frame.turn(true);
    prepare();
    chooser.open();
  }

  function chooserTurned() {
    root.classList.toggle("is-choosing", chooser.isOpen());
    if (!chooser.isOpen() && !slide) close();
  }

  function panelsTurned() {
    root.querySelector(".cv-look").classList.toggle("is-on", panels.lookIsOpen());
    root.querySelector(".cv-label").classList.toggle("is-on", panels.labelIsOpen());
    root.querySelector(".cv-marks").classList.toggle("is-on", panels.marksAreOpen());
    root.classList.toggle("has-panel", panels.isOpen());
    redraw();
  }

  async function prepare() {
    if (stage) return stage;
    const OSD = await loadLibrary(props.options.library, page.home);
    if (stage) return stage;
    stage = createStage(OSD, canvas, page.base, (news, detail) => ({ open: opened, pixels: painted, failed, moved, rested })[news]?.(detail));
    drawing = createDrawing(stageElement, stage, {
      change: (box) => { selection.show(null); layerWith(box); },
      done: drawn,
      turned: (isOn) => { toolbar.press("draw", isOn); stageElement.classList.toggle("is-drawing", isOn); },
    });
    return stage;
  }

  function open(id, box = null) {
    goal = box;
    frame.turn(true);
    if (slide?.id === id && stage?.isOpen()) {
      chooser.close();
      if (box) stage.goTo(box);
      return;
    }
    root.classList.add("is-opening");
    prepare().catch(() => { title.textContent = "The viewer cannot be loaded; is there a connection?"; });
    trigger("open", { slide: id });
  }

  async function show(next) {
    if (next.isRefused) {
      root.classList.remove("is-opening");
      chooser.refuse();
      if (!slide) { frame.remember(null); showChooser(); }
      return;
    }
    await prepare();
    slide = next;
    shown = null;
    title.textContent = slide.title;
    root.querySelector(".cv-choose").setAttribute("aria-label", `Choose a slide; now: ${slide.title}`);
    title.title = slide.facts.join(" · ");
    root.classList.add("has-slide");
    frame.turn(true);
    frame.remember(slide.id);
    layer.showTissue(null, null);
    toolbar.press("tissue", false);
    selection.show(null);
    marks = props.marks?.slide === slide.id ? props.marks.regions : [];
    root.querySelector(".cv-label").hidden = !slide.associated.length;
    panels.open(slide);
    panels.showLabel(slide.associated.map((name) => ({ name, address: stage.addressOf(name, slide) })));
    panels.showMarks(marks);
    chooser.close();
    stage.open(slide);
  }

  function opened() {
    toolbar.open(slide, stage.zoomRange());
    const saved = recall();
    if (goal) stage.goTo(goal, true);
    else if (saved) stage.restore(saved);
    if (goal) shown = { box: goal };
    goal = null;
    redraw();
    if (!document.activeElement?.matches("textarea, input")) canvas.querySelector(".openseadragon-canvas")?.focus({ preventScroll: true });
  }

  function painted() {
    root.classList.remove("is-opening");
    root.dataset.shown = slide.id;
  }

  function moved() {
    if (!slide || !stage.isOpen()) return;
    const matrix = stage.matrix();
    layer.place(matrix);
    selection.place(matrix);
    toolbar.refresh(slide, stage.zoom());
  }

  function rested() {
    try { sessionStorage.setItem(`clover-view-${slide.id}`, JSON.stringify(stage.state())); } catch { /* not allowed */ }
  }

  function recall() {
    try { return JSON.parse(sessionStorage.getItem(`clover-view-${slide.id}`)); } catch { return null; }
  }

  // A permission that ran out while the page slept: ask for another one, but not in a storm.
  async function failed(address) {
    if (!slide || !address || Date.now() - lastRenewal < 10_000) return;
    lastRenewal = Date.now();
    const answer = await fetch(address).catch(() => null);
    if (answer?.status === 403) trigger("renew", { slide: slide.id });
    else if (!answer?.ok) say(answer ? await answer.text() : "The server cannot be reached.");
  }

  function say(sentence) {
    root.classList.remove("is-opening");
    note.textContent = sentence;
    setTimeout(() => { if (note.textContent === sentence) note.textContent = ""; }, 8000);
  }

  function drawn(box, asDrawn) {
    selection.show(box && { box }, slide);
    if (!box) say("Nothing of the slide lies there; draw on it.");
    else if (box[2] > asDrawn[2] || box[3] > asDrawn[3]) say(`Too small to be seen: widened to ${pixels(box[2], box[3])}.`);
  }

  function layerWith(growing = null) {
    const current = selection.current();
    const boxes = [
      ...marks.map((region) => ({ box: region.box, kind: "mark", label: region.name, region })),
      ...(panels.lookIsOpen() ? panels.found() : []).map((region) => ({ box: region.box, kind: "found", label: String(region.number), region })),
      shown && { box: shown.box, kind: "shown" },
      current && { box: current.box, kind: "selected" },
      growing && { box: growing, kind: "selected" },
    ];
    layer.show(boxes.filter(Boolean));
    moved();
  }

  function redraw() {
    layerWith();
  }

  function pick(region) {
    shown = null;
    stage.goTo(region.box);
    selection.show({ box: region.box, id: region.id, name: region.name }, slide);
  }

  function ask(region) {
    trigger("point", region.id ? { region: region.id } : { slide: slide.id, box: region.box });
    shown = { box: region.box };
    selection.show(null);
    frame.compose();
  }

  function askView() {
    const box = stage?.view();
    if (!box) return;
    trigger("point", { slide: slide.id, box });
    frame.compose();
  }

  function markView() {
    const box = selection.current()?.box ?? stage.view();
    if (!box) return;
    if (!selection.current()) selection.show({ box }, slide);
    selection.name();
  }

  function keep(region, name) {
    trigger("keep", { slide: slide.id, box: region.box, region: region.name ? region.id : null, name });
  }

  function toggleTissue() {
    const isOn = !layer.hasTissue();
    layer.showTissue(slide, isOn ? stage.addressOf("tissue") : null);
    toolbar.press("tissue", isOn);
    redraw();
  }

  function leave() {
    if (drawing.isOn()) drawing.turn(false);
    else if (selection.current()) selection.show(null);
    else { shown = null; redraw(); }
  }

  function close() {
    if (document.fullscreenElement) document.exitFullscreen();
    trigger("halt", {});
    forget();
    if (chooser.isOpen()) chooser.close();
    frame.turn(false);
  }

  function forget() {
    drawing.turn(false);
    slide = null;
    marks = [];
    title.textContent = "";
    root.querySelector(".cv-choose").setAttribute("aria-label", "Choose a slide");
    delete root.dataset.shown;
    root.classList.remove("has-slide", "is-opening");
    panels.close();
    stage?.close();
    frame.remember(null);
  }

  function download({ name, text }) {
    const address = URL.createObjectURL(new Blob([text], { type: "application/geo+json" }));
    el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  watch("slides", () => {
    chooser.show(props.slides);
    if (slide?.isUploaded && !props.slides.rows.some((row) => row.id === slide.id)) forget();
  });
  watch("slide", () => show(props.slide));
  watch("permit", () => { if (props.permit.id === slide?.id) stage.permit(props.permit.permit); });
  watch("file", () => download(props.file));
  watch("marks", () => {
    if (props.marks.slide !== slide?.id) return; // or it is taken up when the slide is
    marks = props.marks.regions;
    panels.showMarks(marks);
    redraw();
  });
  watch("look", () => {
    if (props.look.slide !== slide?.id) return;
    panels.showLook(props.look);
    redraw();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#slides")) return slide ? frame.turn(true) || showChooser() : showChooser();
    const card = event.target.closest?.(".clover-region[data-slide]");
    if (!card) return;
    const box = card.dataset.box.split(",").map(Number);
    open(card.dataset.slide, box);
    if (slide?.id === card.dataset.slide) { shown = { box }; selection.show(null); }
  });
  window.cloverView = () => {
    const box = slide && stage?.isOpen() ? stage.view() : null;
    return box ? JSON.stringify({ slide: slide.id, box }) : "";
  };
  setInterval(() => slide && trigger("renew", { slide: slide.id }), RENEW_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && slide && Date.now() - lastRenewal > RENEW_MS) {
      lastRenewal = Date.now();
      trigger("renew", { slide: slide.id });
    }
  });
  if (frame.wanted()) open(frame.wanted());
}
