// Where the viewer stands in the page: beside the conversation, above it on a phone, or over everything.

import { createSplit } from "./split.js";

const NARROW = 1500; // below it, the list of conversations makes room for as long as one looks at slides
const PHONE = 768; // below it, the list lies over everything and stays closed

export function createFrame(root) {
  let madeRoom = false;
  createSplit(root);

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
