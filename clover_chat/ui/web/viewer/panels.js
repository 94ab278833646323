// What slides in beside the stage: bookmarks with their files, looking over the slide, label and macro.

import { button, el, icon } from "./dom.js";

export function createPanels(element, page, on) {
  const marks = el("div", { class: "cv-panel", hidden: true, "aria-label": "Bookmarks" });
  const look = el("div", { class: "cv-panel", hidden: true, "aria-label": "Look over the slide" });
  const file = el("input", { type: "file", accept: ".geojson,.json", hidden: true, onchange: () => read(file.files[0]) });
  const label = el("div", { class: "cv-panel", hidden: true, "aria-label": "Label and macro" });
  const panels = [marks, look, label];
  element.append(...panels, file);
  let slide = null;
  let found = { found: [], isDone: true };

  async function read(chosen) {
    if (chosen) page.trigger("bring", { slide: slide.id, text: await chosen.text() });
    file.value = "";
  }

  function head(title, panel) {
    return el("div", { class: "cv-panel-head" }, el("h2", {}, title), button("Close", { class: "cv-plain", onclick: () => toggle(panel) }, icon("close")));
  }

  function row(region, words, ...actions) {
    const picture = el("img", { src: page.base + region.preview, alt: "", loading: "lazy" });
    const go = el("button", { type: "button", class: "cv-go", onclick: () => on.go(region) }, picture, el("span", {}, ...words));
    return el("div", { class: "cv-row" }, go, ...actions);
  }

  const ask = (region) => button("Ask about it", { class: "cv-plain cv-small", onclick: () => on.ask(region) }, "Ask");

  function showMarks(regions) {
    const rows = regions.map((region) => row(
      region, [el("b", {}, region.name), el("small", {}, region.caption.replace(`${region.name} · `, ""))], ask(region),
      button("Remove", { class: "cv-plain", onclick: () => page.trigger("forget", { slide: slide.id, region: region.id }) }, icon("bin")),
    ));
    const none = el("p", { class: "cv-none" }, "Draw a region and keep it under a name to find it here.");
    marks.replaceChildren(
      head("Bookmarks", marks), el("div", { class: "cv-rows" }, ...(rows.length ? rows : [none])),
      el("div", { class: "cv-panel-foot" },
        button("Import regions from a GeoJSON file, as QuPath writes it", { class: "cv-button", onclick: () => file.click() }, "Import"),
        button("Export regions as GeoJSON for QuPath", { class: "cv-button", onclick: () => page.trigger("export", { slide: slide.id }) }, "Export")),
    );
  }

  function showLook(state) {
    found = state;
    const isRunning = !state.isDone;
    const rows = state.found.map((region) => row(region, [el("b", {}, `${region.number}. ${region.reading}`), el("small", {}, region.caption)], ask(region)));
    const progress = el("progress", { max: state.total || 1, value: state.total ? state.done : null, hidden: !isRunning });
    const start = button("Look over the slide", { class: "cv-button is-main", onclick: () => page.trigger("look", { slide: slide.id }) }, state.found.length ? "Look again" : "Look over the slide");
    const stop = button("Stop", { class: "cv-button", onclick: () => page.trigger("halt", {}) }, "Stop");
    const hint = "Finds the places with tissue that differ most from each other, and says a line about each.";
    look.replaceChildren(
      head("Look over the slide", look),
      el("div", { class: "cv-rows" },
        !isRunning && !state.found.length && !state.sentence && !state.summary && el("p", { class: "cv-none" }, hint),
        progress, state.sentence && el("p", { class: "cv-none", role: "status" }, state.sentence),
        ...rows, state.summary && el("p", { class: "cv-summary" }, state.summary)),
      el("div", { class: "cv-panel-foot" }, isRunning ? stop : start),
    );
  }

  // Pictures that lie beside the slide in its file, where the operator allows them; many slides have none.
  function showLabel(pictures) {
    const figures = pictures.map(({ name, address }) => {
      const none = () => image.replaceWith(el("p", { class: "cv-none" }, "This slide has none."));
      const image = el("img", { src: address, alt: `The slide's ${name}`, loading: "lazy", onerror: none });
      return el("figure", { class: "cv-figure" }, el("figcaption", {}, name), image);
    });
    label.replaceChildren(head("Label and macro", label), el("div", { class: "cv-rows" }, ...figures));
  }

  function toggle(panel) {
    for (const each of panels) each.hidden = each !== panel || !each.hidden;
    on.turned();
  }

  function open(next) {
    slide = next;
    showMarks([]);
    showLook({ found: [], isDone: true });
  }

  return {
    open, showMarks, showLook, showLabel, found: () => found.found,
    toggleMarks: () => toggle(marks), toggleLook: () => toggle(look), toggleLabel: () => toggle(label),
    close: () => { for (const each of panels) each.hidden = true; on.turned(); },
    isOpen: () => panels.some((each) => !each.hidden), labelIsOpen: () => !label.hidden, marksAreOpen: () => !marks.hidden, lookIsOpen: () => !look.hidden,
  };
}
