// Tells a screen reader when an answer begins and ends, and names what Gradio leaves without a name.
const told = element.querySelector("[data-announced]");
const names = [
  ["#side", { role: "complementary", "aria-label": "Conversations and settings" }],
  ["#side .toggle-button", { "aria-label": "List of conversations", "aria-controls": "side" }],
  ["#main", { role: "region", "aria-label": "Conversation" }],
  ["#chat [role='log']", { "aria-live": "off", "aria-label": "Questions and answers" }],
  ["#composer textarea", { "aria-label": "Your question" }],
];
const named = new WeakSet(); // once: another script puts names into the browser's language
let isWriting = false;

function name() {
  for (const [selector, attributes] of names) {
    const found = document.querySelector(selector);
    if (!found || named.has(found)) continue;
    named.add(found);
    for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  }
  for (const button of document.querySelectorAll("#chat .image-container button:not([aria-label])")) {
    button.setAttribute("aria-label", button.querySelector("img")?.alt || "Picture");
  }
  const side = document.querySelector("#side");
  side?.querySelector(".toggle-button")?.setAttribute("aria-expanded", side.classList.contains("open"));
}

function announce() {
  const isNow = Boolean(document.querySelector("#composer .stop-button"));
  if (isNow === isWriting) return;
  isWriting = isNow;
  told.textContent = isNow ? "An answer is being written." : "The answer is finished.";
}

let isDue = false;
new MutationObserver(() => {
  if (isDue) return;
  isDue = true;
  setTimeout(() => { isDue = false; name(); announce(); }, 100);
}).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
name();
