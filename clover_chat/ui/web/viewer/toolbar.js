// The buttons on the stage, the magnifications one key away, the live magnification and the scale bar.

import { button, el, icon } from "./dom.js";
import { magnification, scaleBar } from "./units.js";

const BAR = 140; // longest scale bar, in screen pixels
const BAR_SHARE = 0.25; // of the stage's width, where that is less
const SHARES = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]; // of full resolution, where no magnification is known

export function createToolbar(element, presets, actions) {
  const named = {};
  const tool = (name, label, key, image = name) => {
    named[name] = button(`${label} (${key})`, { class: "cv-tool", "data-tool": name, onclick: () => actions[name]() }, icon(image));
    return named[name];
  };
  const tools = el(
    "div", { class: "cv-tools", role: "toolbar", "aria-label": "View" },
    el("div", { class: "cv-group" }, tool("in", "Closer", "+"), tool("out", "Further away", "−"), tool("home", "Whole slide", "0")),
    el("div", { class: "cv-group" }, tool("left", "Turn left", "Shift+R"), tool("right", "Turn right", "R"), tool("flip", "Mirror", "F")),
    el("div", { class: "cv-group" }, tool("draw", "Draw a region", "D"), tool("tissue", "Show where tissue is", "T")),
    el("div", { class: "cv-group" }, tool("full", "Full screen", "Shift+F")),
  );
  const zooms = el("div", { class: "cv-zooms", role: "group", "aria-label": "Magnification" });
  const bar = el("div", { class: "cv-bar" });
  const live = el("output", { class: "cv-live", title: "Magnification on this screen" });
  element.append(tools, el("div", { class: "cv-foot" }, el("div", { class: "cv-scale" }, live, bar), zooms));
  let steps = [];

  function open(slide, [least, most]) {
    const known = slide.magnification;
    steps = known
      ? presets.map((value) => ({ zoom: value / known, label: `${value}×` }))
      : SHARES.map((value) => ({ zoom: value, label: value === 1 ? "1 : 1" : `1 : ${1 / value}` }));
    zooms.replaceChildren(...steps.map((step) => {
      step.button = button(step.label, { class: "cv-zoom", disabled: step.zoom < least || step.zoom > most, onclick: () => actions.zoomTo(step.zoom) });
      step.button.textContent = step.label;
      step.button.classList.toggle("is-empty", step.zoom > 1.01);
      if (step.zoom > 1.01) step.button.title = `${step.label}: closer than the slide was scanned`;
      return step.button;
    }));
  }

  function refresh(slide, zoom) {
    live.textContent = magnification(zoom, slide.magnification);
    const { width, label } = scaleBar(zoom, slide.mpp, Math.min(BAR, BAR_SHARE * element.clientWidth));
    bar.style.width = `${width}px`;
    bar.textContent = label;
    for (const step of steps) step.button.classList.toggle("is-on", Math.abs(Math.log(step.zoom / zoom)) < 0.02);
  }

  return {
    open, refresh,
    press: (name, isOn) => { named[name].classList.toggle("is-on", isOn); named[name].setAttribute("aria-pressed", isOn); },
    zoomOf: (place) => (steps[place] && !steps[place].button.disabled ? steps[place].zoom : null),
  };
}
