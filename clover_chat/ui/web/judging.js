// Judging an answer. What it may say: "open" "close" "keep" "withdraw" "undo" "consent"
const main = document.querySelector("#main");
const drafts = new Map(); // what was written of each answer and not sent yet

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.reason) {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    remember();
  } else if (button.dataset.consent) {
    trigger("consent", { isGiven: button.dataset.consent === "yes" });
  } else if (button.dataset.do) {
    act(button.dataset.do);
  }
});
element.addEventListener("input", remember);
element.addEventListener("keydown", (event) => event.key === "Escape" && act("close"));
watch("value", restore);

function act(what) {
  const panel = element.querySelector("section");
  if (!panel) return;
  const said = what === "keep" ? { verdict: panel.dataset.verdict, ...written(panel) } : {};
  if (what !== "close") drafts.delete(panel.dataset.answer);
  trigger(what, said);
}

function written(panel) {
  const words = (name) => panel.querySelector(`[data-words="${name}"]`).value;
  return {
    reasons: [...panel.querySelectorAll("[aria-pressed='true']")].map((chip) => chip.dataset.reason),
    isReviewed: panel.querySelector("[data-reviewed]")?.checked ?? false,
    isPinned: panel.querySelector("[data-pinned]").checked,
    comment: words("comment"),
    correction: words("correction"),
  };
}

function remember() {
  const panel = element.querySelector("section");
  if (panel) drafts.set(panel.dataset.answer, written(panel));
}

function restore() {
  const panel = element.querySelector("section");
  const draft = panel && drafts.get(panel.dataset.answer);
  if (draft) {
    for (const chip of panel.querySelectorAll("[data-reason]")) {
      chip.setAttribute("aria-pressed", String(draft.reasons.includes(chip.dataset.reason)));
    }
    const reviewed = panel.querySelector("[data-reviewed]");
    if (reviewed) reviewed.checked = draft.isReviewed;
    panel.querySelector("[data-pinned]").checked = draft.isPinned;
    for (const field of panel.querySelectorAll("[data-words]")) {
      if (field.value !== draft[field.dataset.words]) field.closest("details").open = true;
      field.value = draft[field.dataset.words];
    }
  }
  panel?.querySelector("details[open] textarea")?.focus({ preventScroll: true });
}

// Every answer can be corrected: Gradio's row of buttons under it gets one more.
function offer() {
  for (const bar of main.querySelectorAll("#chat .bot-row + .message-buttons .icon-button-wrapper")) {
    if (!bar.querySelector(".clover-correct")) bar.append(correct());
  }
}

function correct() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "clover-correct clover-own";
  button.textContent = "Correct this answer";
  button.addEventListener("click", () => {
    const row = button.closest(".message-buttons").previousElementSibling;
    trigger("open", { place: [...main.querySelectorAll("#chat .bot-row")].indexOf(row) });
  });
  return button;
}

new MutationObserver(offer).observe(main, { childList: true, subtree: true });
offer();
