// Which slides there are, each with a thumbnail and what is known about it; and bringing one.

import { button, el, icon } from "./dom.js";

const LOOK_AGAIN_MS = 1500;

export function createChooser(element, page, on) {
  const list = el("div", { class: "cv-cards" });
  const said = el("div", { class: "cv-said", role: "status" });
  const refused = el("details", { class: "cv-refused", hidden: true });
  const input = el("input", { type: "file", accept: page.props.options.accepted.join(","), hidden: true, onchange: () => bring(input.files[0]) });
  const add = el("button", { type: "button", class: "cv-add", title: "Open a slide file from this computer", onclick: () => input.click() });
  add.append(el("span", { class: "cv-plus", "aria-hidden": "true" }, "+"), el("span", {}, "Open a file …"), el("small", {}, "or drop it here"));
  const head = el("div", { class: "cv-chooser-head" }, el("h2", {}, "Slides"), button("Close", { class: "cv-plain", onclick: () => close() }, icon("close")));
  const panel = el("div", { class: "cv-chooser", hidden: true, role: "dialog", "aria-label": "Slides" }, head, said, list, refused, input);
  let timer = null;
  element.append(panel);

  function open() {
    panel.hidden = false;
    said.textContent = "Looking for slides …";
    page.trigger("list", { isFirst: true });
    on.turned();
  }

  function close() {
    panel.hidden = true;
    clearTimeout(timer);
    on.turned();
  }

  function show({ rows, refusals, isScanning }) {
    list.replaceChildren(...rows.map(card), add);
    said.textContent = isScanning ? "Looking for slides …" : rows.length ? "" : "There are no slides yet.";
    refused.hidden = !refusals.length;
    const count = refusals.length === 1 ? "One file cannot be opened" : `${refusals.length} files cannot be opened`;
    refused.replaceChildren(el("summary", {}, count), el("ul", {}, ...refusals.map((each) => el("li", {}, each))));
    clearTimeout(timer);
    if (isScanning && !panel.hidden) timer = setTimeout(() => page.trigger("list", {}), LOOK_AGAIN_MS);
  }

  function card(slide) {
    const address = `${page.base}slides/${slide.id}/thumbnail?${slide.permit}`;
    const thumbnail = el("img", { src: address, alt: "", loading: "lazy", draggable: "false" });
    const facts = slide.facts.map((line) => el("small", {}, line));
    const open = el("button", { type: "button", class: "cv-card", "data-slide": slide.id, onclick: () => on.chosen(slide.id) }, thumbnail, el("b", {}, slide.title), ...facts);
    return slide.isUploaded ? el("div", { class: "cv-mine" }, open, remover(slide)) : open;
  }

  // Two clicks delete an uploaded slide, like a conversation.
  function remover(slide) {
    const bin = button("Delete this slide", { class: "cv-plain cv-bin" }, icon("bin"));
    bin.addEventListener("click", () => {
      if (bin.classList.contains("is-armed")) return page.trigger("discard", { slide: slide.id });
      bin.classList.add("is-armed");
      setTimeout(() => bin.classList.remove("is-armed"), 3000);
    });
    return bin;
  }

  // The file travels under a name of our own: the person's may name a patient.
  async function bring(file) {
    if (!file) return;
    const suffix = /\.[a-z0-9]{1,8}$/i.exec(file.name)?.[0] ?? "";
    said.textContent = `Sending ${Math.max(1, Math.round(file.size / 2 ** 20))} MB …`;
    add.disabled = true;
    try {
      const { path } = await page.upload(new File([file], `slide${suffix.toLowerCase()}`));
      said.textContent = "Opening it safely …";
      page.trigger("take", { path });
    } catch {
      said.textContent = "The file could not be sent; it may be too large.";
    }
    add.disabled = false;
    input.value = "";
  }

  panel.addEventListener("dragover", (event) => { event.preventDefault(); panel.classList.add("is-over"); });
  panel.addEventListener("dragleave", () => panel.classList.remove("is-over"));
  panel.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    panel.classList.remove("is-over");
    bring(event.dataTransfer.files[0]);
  });
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());

  return { open, close, show, isOpen: () => !panel.hidden, refuse: () => { said.textContent = ""; } };
}
