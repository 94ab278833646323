// The region in hand: what was drawn or picked, its size, and what can be done with it.

import { button, el, icon } from "./dom.js";
import { screenBox } from "./layer.js";
import { extent, pixels } from "./units.js";

export function createSelection(element, on) {
  const size = el("span", { class: "cv-measure" });
  const ask = button("Ask about this region", { class: "cv-button is-main", onclick: () => on.ask(region) }, "Ask");
  const name = el("input", { class: "cv-name", placeholder: "Name", maxlength: 80, "aria-label": "Name of the bookmark", hidden: true, onkeydown: named });
  const keep = button("Keep it under a name", { class: "cv-button", onclick: rename }, "Bookmark");
  const drop = button("Let go", { class: "cv-plain", onclick: () => show(null) }, icon("close"));
  const card = el("div", { class: "cv-popover", hidden: true, role: "group", "aria-label": "Region" }, size, ask, name, keep, drop);
  let region = null;
  element.append(card);

  // A region: { box, id?, name? }
  function show(next, slide) {
    region = next;
    card.hidden = !region;
    name.hidden = true;
    keep.textContent = region?.name ? "Rename" : "Bookmark";
    if (region) {
      const [, , width, height] = region.box;
      size.textContent = [region.name, extent(width, height, slide.mpp), slide.mpp && pixels(width, height)].filter(Boolean).join(" · ");
    }
    on.changed();
  }

  function rename() {
    if (!name.hidden) return store();
    name.hidden = false;
    name.value = region.name ?? "";
    keep.textContent = "Keep";
    name.focus();
  }

  function named(event) {
    if (event.key === "Enter") store();
    if (event.key === "Escape") { name.hidden = true; event.stopPropagation(); }
  }

  function store() {
    on.keep(region, name.value);
    show(null);
  }

  function place(matrix) {
    if (!region) return;
    const box = screenBox(region.box, matrix);
    const [width, height] = [card.offsetWidth, card.offsetHeight];
    const x = Math.max(8, Math.min((box.left + box.right - width) / 2, element.clientWidth - width - 8));
    const below = box.bottom + 10;
    const y = below + height < element.clientHeight - 8 ? below : Math.max(8, box.top - height - 10);
    card.style.transform = `translate(${Math.round(x)}px, ${Math.round(Math.min(y, element.clientHeight - height - 8))}px)`;
  }

  return { show, place, current: () => region, name: rename };
}
