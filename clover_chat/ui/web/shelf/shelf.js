// The page of the reference shelf. The address after # names the entry; everything is set as text, never as HTML.
const list = document.querySelector("#list");
const article = document.querySelector("#entry");
const search = document.querySelector("#search");
let topics = [];
let asked = 0;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

async function get(address, options) {
  const answer = await fetch(address, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.sentence ?? "The server cannot be reached; try again.");
  return body;
}

function link(entry) {
  const current = shownId() === entry.id;
  const element = make("a", { href: `#${encodeURIComponent(entry.id)}`, textContent: entry.title });
  if (current) element.setAttribute("aria-current", "page");
  return element;
}

function shownId() {
  return decodeURIComponent(window.location.hash.slice(1));
}

function showTopics() {
  list.replaceChildren(...topics.map(({ topic, entries }) => {
    const items = make("ul", {}, ...entries.map((entry) => make("li", {}, link(entry))));
    const open = entries.some((entry) => entry.id === shownId());
    return make("details", { open }, make("summary", {}, topic, make("small", { textContent: entries.length })), items);
  }));
}

function showFound(found) {
  const items = found.map((entry) => make("li", {}, link(entry), make("small", { textContent: entry.topic })));
  const nothing = make("p", { className: "quiet", textContent: "Nothing fits. Try another name, or clear the search to browse by topic." });
  list.replaceChildren(items.length ? make("ul", { className: "found" }, ...items) : nothing);
}

async function onSearch() {
  const words = search.value.trim();
  const number = ++asked;
  if (!words) return showTopics();
  const found = await get(`find?q=${encodeURIComponent(words)}`);
  if (number === asked) showFound(found);
}

async function showEntry() {
  const id = shownId();
  document.body.classList.toggle("reading", Boolean(id));
  if (!id) return article.replaceChildren(make("p", { className: "quiet", textContent: "Choose an entry, or type to search." }));
  try {
    const entry = await get(`entries/${encodeURIComponent(id)}`);
    if (id === shownId()) fill(entry);
  } catch (error) {
    article.replaceChildren(make("p", { className: "problem", textContent: error.message }));
  }
  for (const each of list.querySelectorAll("a")) {
    if (each.hash === window.location.hash) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
}

function fill(entry) {
  document.title = `${entry.title} · Reference shelf · CLOVER Chat`;
  const parts = [
    make("p", { className: "to-list" }, make("a", { href: "#", textContent: "‹ All entries" })),
    make("p", { className: "topic", textContent: entry.topic }),
    make("h2", { textContent: entry.title }),
  ];
  if (entry.synonyms.length) parts.push(make("p", { className: "quiet", textContent: `Also: ${entry.synonyms.join(", ")}` }));
  parts.push(make("p", { className: "text", textContent: entry.text }), make("h3", { textContent: "Sources" }));
  parts.push(make("ul", { className: "sources" }, ...entry.sources.map((source) => make("li", { textContent: source }))));
  if (entry.see_also.length) {
    parts.push(make("h3", { textContent: "See also" }));
    parts.push(make("p", { className: "also" }, ...entry.see_also.map(link)));
  }
  article.replaceChildren(...parts, judging(entry));
  article.scrollTop = 0;
}

function judging(entry) {
  const said = make("p", { className: "quiet", role: "status" });
  const text = make("textarea", { value: entry.correction, rows: 4, maxLength: 4000 });
  text.setAttribute("aria-label", "What should it say instead?");
  text.placeholder = "What should it say instead? It is shown to whoever runs this server; what is quoted does not change by itself.";
  const form = make("form", { hidden: entry.is_good !== false }, text, make("button", { textContent: "Send the correction" }));
  const good = make("button", { type: "button", textContent: "Right and useful" });
  const bad = make("button", { type: "button", textContent: "Something is wrong" });

  function mark(isGood) {
    good.setAttribute("aria-pressed", isGood === true);
    bad.setAttribute("aria-pressed", isGood === false);
    form.hidden = isGood !== false;
  }
  async function send(isGood, correction) {
    try {
      await get(`entries/${encodeURIComponent(entry.id)}/judgment`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ is_good: isGood, correction }),
      });
      mark(isGood);
      said.textContent = correction ? "Kept for review. Thank you." : "Kept. Thank you.";
    } catch (error) {
      said.textContent = error.message;
    }
  }
  good.addEventListener("click", () => send(true, ""));
  bad.addEventListener("click", () => send(false, ""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(false, text.value.trim());
  });
  mark(entry.is_good);
  return make("section", { className: "judging" }, make("h3", { textContent: "Is this entry right?" }), good, bad, form, said);
}

document.addEventListener("keydown", (event) => {
  const isTyping = /^(INPUT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && event.target === search) {
    search.value = "";
    onSearch();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && (event.target === search || list.contains(event.target))) {
    const stops = [...list.querySelectorAll("summary, a")].filter((each) => each.offsetParent);
    const next = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (stops[next] ?? search).focus();
  } else if (event.key === "Enter" && event.target === search) {
    list.querySelector("a")?.click();
  }
});
search.addEventListener("input", onSearch);
window.addEventListener("hashchange", () => {
  showEntry();
  if (shownId()) article.focus({ preventScroll: true });
});

topics = await get("topics");
showTopics();
await showEntry();
