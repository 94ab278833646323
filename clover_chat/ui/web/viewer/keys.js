// The keyboard, while the viewer has the focus and nobody is typing.

const STEP = 0.2; // of the stage, for one press of an arrow

export function listen(root, stageElement, actions) {
  const by = (x, y) => () => actions.pan(x * STEP * stageElement.clientWidth, y * STEP * stageElement.clientHeight);
  const keys = {
    ArrowLeft: by(-1, 0), ArrowRight: by(1, 0), ArrowUp: by(0, -1), ArrowDown: by(0, 1),
    "+": actions.in, "=": actions.in, "-": actions.out, "_": actions.out, 0: actions.home, Home: actions.home,
    r: actions.right, R: actions.left, f: actions.flip, F: actions.full,
    d: actions.draw, t: actions.tissue, b: actions.mark, a: actions.ask, Escape: actions.leave,
  };
  for (let place = 1; place <= 6; place += 1) keys[place] = () => actions.preset(place - 1);

  root.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, textarea, [contenteditable]");
    if (event.target.matches("[role=separator]")) return; // has arrows of its own
    if (event.ctrlKey || event.metaKey || event.altKey || (isTyping && event.key !== "Escape")) return;
    const action = Object.hasOwn(keys, event.key) && keys[event.key];
    if (!action || !actions.isReady()) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }, true);
}
