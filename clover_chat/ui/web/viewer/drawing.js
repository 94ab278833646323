// Drawing a rectangle with mouse, pen or finger; upright on the slide, however the slide is turned.

import { el } from "./dom.js";
import { extent, pixels } from "./units.js";

const SMALLEST = 16; // level-0 pixels, each way
const A_CLICK = 5; // screen pixels

export function createDrawing(element, stage, on) {
  const size = el("output", { class: "cv-size" });
  const pad = el("div", { class: "cv-pad", hidden: true }, size);
  let slide = null;
  let start = null;
  element.append(pad);

  const at = (event) => {
    const frame = element.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };

  function boxTo(event) {
    return stage.clipped([start.level0, stage.toLevel0(...at(event))]);
  }

  function begin(event) {
    if (event.button !== 0 || start) return;
    const place = at(event);
    start = { place, level0: stage.toLevel0(...place), pointer: event.pointerId };
    pad.setPointerCapture(event.pointerId);
  }

  function grow(event) {
    if (start?.pointer !== event.pointerId) return;
    const box = boxTo(event);
    on.change(box);
    const [x, y] = at(event);
    const words = box ? [extent(box[2], box[3], slide.mpp), slide.mpp && pixels(box[2], box[3])] : [];
    size.textContent = words.filter(Boolean).join(" · ");
    size.style.transform = `translate(${Math.min(x + 14, element.clientWidth - 240)}px, ${Math.min(y + 14, element.clientHeight - 30)}px)`;
  }

  function finish(event) {
    if (start?.pointer !== event.pointerId) return;
    const [x, y] = at(event);
    const isClick = Math.abs(x - start.place[0]) < A_CLICK && Math.abs(y - start.place[1]) < A_CLICK;
    const box = boxTo(event);
    start = null;
    size.textContent = "";
    if (isClick) return on.change(null);
    turn(false);
    on.done(box && atLeast(box), box);
  }

  /** Returns the rectangle, widened where it is too small to be seen, as far as the slide goes. */
  function atLeast(box) {
    const slideBox = stage.clipped([[-1e9, -1e9], [1e9, 1e9]]);
    const sides = [0, 1].map((axis) => Math.max(box[axis + 2], Math.min(SMALLEST, slideBox[axis + 2])));
    const corner = [0, 1].map((axis) => {
      const wanted = Math.round(box[axis] - (sides[axis] - box[axis + 2]) / 2);
      const last = slideBox[axis] + slideBox[axis + 2] - sides[axis];
      return Math.min(Math.max(wanted, slideBox[axis]), last);
    });
    return [...corner, ...sides];
  }

  function turn(isOn, nextSlide = slide) {
    slide = nextSlide;
    start = null;
    size.textContent = "";
    pad.hidden = !isOn;
    on.turned(isOn);
  }

  pad.addEventListener("pointerdown", begin);
  pad.addEventListener("pointermove", grow);
  pad.addEventListener("pointerup", finish);
  pad.addEventListener("pointercancel", () => { start = null; on.change(null); });
  return { turn, isOn: () => !pad.hidden };
}
