// What lies over the slide: regions in slide coordinates, their labels, and the tissue map.

import { el, svg } from "./dom.js";

const MOST_LABELS = 40;

export function createLayer(element, pick) {
  const map = svg("g");
  const labels = el("div", { class: "cv-labels" });
  let regions = [];
  let tissue = null;
  element.append(svg("svg", { class: "cv-layer", "aria-hidden": "true" }, map), labels);

  // Each region: { box, kind, label, key }; a region with a label can be picked by it.
  function show(next) {
    regions = next.map((region) => ({ ...region, tag: region.label ? tagOf(region) : null }));
    const shapes = regions.map(({ box: [x, y, width, height], kind }) =>
      svg("rect", { x, y, width, height, class: `cv-region is-${kind}` }));
    map.replaceChildren(...(tissue ? [tissue] : []), ...shapes);
    labels.replaceChildren(...regions.filter(({ tag }) => tag).map(({ tag }) => tag));
  }

  function tagOf(region) {
    const tag = el("button", { type: "button", class: `cv-tag is-${region.kind}`, onclick: () => pick(region) });
    tag.textContent = region.label;
    return tag;
  }

  function showTissue(slide, address) {
    tissue?.remove();
    const { x, y, width, height } = slide ?? {};
    tissue = address && svg("image", { href: address, x, y, width, height, preserveAspectRatio: "none", class: "cv-tissue" });
    if (tissue) map.prepend(tissue);
  }

  function place(matrix) {
    map.setAttribute("transform", `matrix(${matrix.join(" ")})`);
    let shown = 0;
    for (const { box, tag } of regions) {
      if (!tag) continue;
      const [x, y] = corner(box, matrix);
      const isSeen = shown < MOST_LABELS && x > -40 && y > -20 && x < element.clientWidth && y < element.clientHeight;
      tag.hidden = !isSeen;
      if (isSeen) tag.style.transform = `translate(${x}px, ${y}px) translateY(-100%)`;
      shown += isSeen;
    }
  }

  return { show, showTissue, place, hasTissue: () => Boolean(tissue) };
}

export function screenBox([x, y, width, height], [a, b, c, d, e, f]) {
  const corners = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]];
  const xs = corners.map(([px, py]) => a * px + c * py + e);
  const ys = corners.map(([px, py]) => b * px + d * py + f);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

function corner(box, matrix) {
  const { left, top } = screenBox(box, matrix);
  return [left, Math.max(top, 22)];
}
