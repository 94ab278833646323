// Keys that act wherever nobody types; which key does what comes with the sheet, from one table.
const sheet = element.querySelector("dialog");
const known = JSON.parse(sheet.dataset.actions);
const box = sheet.querySelector("[data-keys]");
const KEPT = "clover-single-keys";
const OWN_ESCAPE = "#judging, #comparing, .cv-chooser, dialog"; // these take Esc for themselves

const find = (selector) => document.querySelector(selector);
const last = (selector) => [...document.querySelectorAll(selector)].at(-1);
const isWriting = () => Boolean(find("#composer .stop-button"));

const actions = {
  help: () => open(),
  begin: () => find("#new")?.click(),
  search: () => find("#search input, #search textarea, input#search")?.focus(),
  next: () => turn(1),
  previous: () => turn(-1),
  compose: () => find("#composer textarea")?.focus(),
  view: () => (find(".has-slide .cv-canvas .openseadragon-canvas") ? find(".cv-canvas .openseadragon-canvas").focus() : find("#slides")?.click()),
  draw: () => find(".has-slide [data-tool='draw']")?.click(),
  praise: () => thumb(-1),
  blame: () => thumb(-2),
  correct: () => !isWriting() && last("#chat .clover-correct")?.click(),
  stop: () => find("#composer .stop-button")?.click(),
};

function open() {
  if (!sheet.open) sheet.showModal();
}

// The thumbs stand last among Gradio's own buttons: down, then up.
function thumb(place) {
  const buttons = last("#chat .bot-row + .message-buttons")?.querySelectorAll(".icon-button-wrapper button:not(.clover-own)");
  if (buttons && !isWriting()) [...buttons].at(place)?.click();
}

function turn(step) {
  const rows = [...document.querySelectorAll("#listing [data-open]")];
  const here = rows.findIndex((row) => row.closest("[aria-current]"));
  const there = here < 0 ? rows[0] : rows[here + step];
  there?.click();
}

function isOff() {
  try { return localStorage.getItem(KEPT) === "off"; } catch { return !box.checked; }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
  const isTyping = event.target.matches("input, textarea, select, [contenteditable]");
  const isEscape = event.key === "Escape";
  if (isEscape ? event.target.closest(OWN_ESCAPE) || !isWriting() : isTyping || sheet.open || isOff()) return;
  const action = Object.hasOwn(known, event.key) && actions[known[event.key]];
  if (!action) return;
  event.preventDefault();
  action();
});
element.querySelector(".clover-keys-button").addEventListener("click", open);
sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
box.addEventListener("change", () => {
  try { localStorage.setItem(KEPT, box.checked ? "on" : "off"); } catch { /* not allowed: forgotten on reload */ }
});
box.checked = !isOff();
