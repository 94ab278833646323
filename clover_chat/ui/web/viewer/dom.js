// Elements without ceremony. Text is only ever set as text.

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

export function button(label, attributes = {}, ...children) {
  return el("button", { type: "button", "aria-label": label, title: label, ...attributes }, ...children);
}

export function icon(name) {
  const path = svg("path", { d: ICONS[name] });
  return svg("svg", { viewBox: "0 0 20 20", class: "cv-icon", "aria-hidden": "true" }, path);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

const ICONS = {
  slides: "M3 4.5h14v11H3zM3 12l4-3.500 3.500 3 2.500-2 4 3.500",
  home: "M4 9.500 10 4l6 5.500M5.500 8.500V16h9V8.500",
  in: "M10 4.500v11M4.500 10h11",
  out: "M4.500 10h11",
  left: "M6 4.500v4h4M6.300 8.300a5.500 5.500 0 1 1-1.300 4",
  right: "M14 4.500v4h-4M13.700 8.300a5.500 5.500 0 1 0 1.300 4",
  flip: "M10 3v14M7.500 6v8L3 14zM12.500 6v8l4.500 0z",
  draw: "M4 6.500V4h2.500M13.500 4H16v2.500M16 13.500V16h-2.500M6.500 16H4v-2.500M9 4h2M9 16h2M4 9v2M16 9v2",
  tissue: "M4 11c0-4 3-7 6.500-6.500S16.500 8 16 11s-3 5-6 4.500S4 14 4 11zM8.500 9.500h.01M11.500 12h.01M12 8.500h.01",
  full: "M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4",
  mark: "M6 3.500h8v13l-4-3-4 3z",
  look: "M8.800 14.500a5.700 5.700 0 1 1 0-11.400 5.700 5.700 0 0 1 0 11.400zM13 13l4 4M6.500 8.800h4.600M8.800 6.500v4.600",
  label: "M3 4h14v12H3zM12.500 4v12M5.500 8h4M5.500 11h4",
  close: "M5 5l10 10M15 5 5 15",
  bin: "M4 5.500h12M8 5V3.500h4V5M5.500 5.500l.7 11h7.600l.7-11",
};
