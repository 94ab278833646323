// Earlier messages of a long conversation: fetched by a click, and the last of them brought on screen.
const HELD_MS = 1500;
const MOVES = ["wheel", "touchmove", "pointerdown", "keydown"];

element.addEventListener("click", (event) => {
  if (!event.target.closest("button")) return;
  const scroller = document.querySelector("#chat .bubble-wrap");
  window.cloverHold(scroller.scrollHeight + 0.7 * scroller.clientHeight);
  trigger("select", {});
});

// Hold the conversation at its top (0), or so many pixels from its end, until somebody scrolls.
window.cloverHold = (fromEnd) => {
  const until = performance.now() + HELD_MS;
  let isLet = false;
  const letGo = () => { isLet = true; };
  setTimeout(() => MOVES.forEach((move) => window.addEventListener(move, letGo, { once: true })), 50);
  const hold = () => {
    const scroller = document.querySelector("#chat .bubble-wrap");
    if (scroller) scroller.scrollTop = fromEnd ? scroller.scrollHeight - fromEnd : 0;
    if (!isLet && performance.now() < until) requestAnimationFrame(hold);
  };
  requestAnimationFrame(hold);
};
