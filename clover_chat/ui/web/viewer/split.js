// The line between viewer and conversation: dragged, or moved by arrow keys; two clicks put it back.

import { el } from "./dom.js";

const USUAL = 0.55; // of the room, for the viewer
const LEAST = 0.3;
const MOST = 0.75;
const STEP = 0.05;
const KEPT = "clover-split";

export function createSplit(root) {
  const handle = el("div", {
    class: "cv-split", role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": "Room for the slide",
    "aria-valuemin": 100 * LEAST, "aria-valuemax": 100 * MOST, title: "Drag to share the room; two clicks put it back",
  });
  let share = USUAL;
  root.append(handle);
  place(recall() ?? USUAL);

  function place(wanted) {
    share = Math.max(LEAST, Math.min(MOST, wanted));
    document.documentElement.style.setProperty("--cv-share", share);
    handle.setAttribute("aria-valuenow", Math.round(100 * share));
  }

  function move(wanted) {
    place(wanted);
    try { localStorage.setItem(KEPT, share); } catch { /* not allowed: forgotten on reload */ }
  }

  function recall() {
    try { return Number(localStorage.getItem(KEPT)) || null; } catch { return null; }
  }

  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const bench = document.querySelector("#bench").getBoundingClientRect();
    move((event.clientX - bench.left) / bench.width);
  });
  handle.addEventListener("dblclick", () => move(USUAL));
  handle.addEventListener("keydown", (event) => {
    const goals = { ArrowLeft: share - STEP, ArrowRight: share + STEP, Home: LEAST, End: MOST, Enter: USUAL };
    if (!Object.hasOwn(goals, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    move(goals[event.key]);
  });
}
