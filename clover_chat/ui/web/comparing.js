// Two answers side by side. What it may say: "contest" "choose" "close"
const main = document.querySelector("#main");

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.choice) trigger("choose", { choice: button.dataset.choice });
  else if (button.dataset.do === "contest") begin(button);
  else if (button.dataset.do === "close") trigger("close", {});
});
element.addEventListener("keydown", (event) => event.key === "Escape" && trigger("close", {}));
watch("value", show);

function begin(button) {
  button.disabled = true;
  setTimeout(() => { button.disabled = false; }, 2000); // where it was refused, it can be mended
  trigger("contest", { left: side("left"), right: side("right"), isBlind: element.querySelector("[data-blind]").checked });
}

function side(name) {
  const value = (what) => element.querySelector(`[data-side="${name}"] [data-${what}]`).value;
  return { bridge: value("bridge"), temperature: value("temperature"), seed: value("seed") };
}

// While two answers stand here, the conversation does not show one of them as well.
function show() {
  main.classList.toggle("is-comparing", Boolean(element.querySelector(".clover-pair")));
  const form = element.querySelector(".clover-sides");
  if (form && !form.contains(document.activeElement)) form.querySelector("select").focus({ preventScroll: true });
}
