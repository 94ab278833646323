// A question that is being typed is kept in this browser, for each conversation, until it is sent.
const PATIENCE_MS = 10_000;
let place = null;
let sending = null;

function field() {
  return document.querySelector("#composer textarea");
}

function placeOf(list) {
  return `clover-draft ${list.dataset.person} ${list.dataset.shown}`;
}

function keep(name, text) {
  try {
    if (text) window.localStorage.setItem(name, text);
    else window.localStorage.removeItem(name);
  } catch {
    // a browser that keeps nothing
  }
}

function kept(name) {
  try {
    return window.localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

function show(text) {
  const shown = field();
  if (!shown || shown.value === text) return;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(shown, text);
  shown.dispatchEvent(new Event("input", { bubbles: true }));
}

function send() {
  sending = place;
  settle(performance.now() + PATIENCE_MS);
}

// A question that was taken has left the field; one that was refused stays there, and stays kept.
function settle(until) {
  if (!field()?.value) {
    keep(sending, "");
    sending = null;
  } else if (performance.now() < until) {
    setTimeout(() => settle(until), 100);
  } else {
    sending = null;
  }
}

function turn() {
  const list = element.querySelector("nav");
  if (!list) return;
  const isFirst = place === null;
  const here = placeOf(list);
  if (here === place) return;
  place = here;
  if (sending === null) show(kept(here) || (isFirst ? field()?.value : ""));
}

document.addEventListener("input", (event) => {
  if (place !== null && event.target === field()) keep(place, event.target.value);
});
document.addEventListener("keydown", (event) => {
  const isSent = event.key === "Enter" && !event.shiftKey && !event.isComposing;
  if (isSent && event.target === field() && field().value) send();
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#composer .submit-button") && field().value) send();
}, true);
watch("value", turn);
