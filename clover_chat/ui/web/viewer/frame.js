// Where the viewer stands in the page: beside the conversation, above it on a phone, or over everything.

import { el } from "./dom.js";

const NARROW = 1500; // below it, the list of conversations makes room for as long as one looks at slides
const PHONE = 768; // below it, the list lies over everything and stays closed
const SHARES = [0.3, 0.75];

export function createFrame(root) {
  const page = document.documentElement;
  const handle = el("div", { class: "cv-split", role: "separator", "aria-orientation": "vertical", title: "Drag to share the room" });
  let madeRoom = false;
  root.append(handle);
  restore();

  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const bench = document.querySelector("#bench").getBoundingClientRect();
    const share = Math.max(SHARES[0], Math.min(SHARES[1], (event.clientX - bench.left) / bench.width));
    page.style.setProperty("--cv-share", share);
    try { localStorage.setItem("clover-split", share); } catch { /* not allowed: forgotten on reload */ }
  });

  function restore() {
    try {
      const share = Number(localStorage.getItem("clover-split"));
      if (share) page.style.setProperty("--cv-share", share);
    } catch { /* not allowed */ }
  }

  function turn(isOn) {
    const wasOn = root.classList.contains("is-viewing");
    root.classList.toggle("is-viewing", isOn);
    if (isOn && !wasOn && window.innerWidth < NARROW) madeRoom = turnList(".open");
    if (!isOn && wasOn && madeRoom && window.innerWidth > PHONE) turnList(":not(.open)");
    if (!isOn) madeRoom = false;
  }

  function turnList(state) {
    const button = document.querySelector(`#side${state} .toggle-button`);
    button?.click();
    return Boolean(button);
  }

  function toggleFull() {
    if (document.fullscreenElement) return document.exitFullscreen();
    return root.requestFullscreen?.();
  }

  // The composer, ready to type in; full screen would hide it.
  async function compose() {
    if (document.fullscreenElement) await document.exitFullscreen();
    document.querySelector("#composer textarea")?.focus({ preventScroll: true });
  }

  function remember(slideId) {
    const address = new URL(window.location.href);
    if (slideId) address.searchParams.set("s", slideId);
    else address.searchParams.delete("s");
    window.history.replaceState(window.history.state, "", address);
  }

  return { turn, toggleFull, compose, remember, wanted: () => new URLSearchParams(window.location.search).get("s") };
}
