// What the model saw: a place to open under each answer that rests on pictures, filled when it is opened.
const base = new URL("./", window.location.href.split(/[?#]/)[0]);
const MARK = "clover-evidence";
let waiting = 0;

new MutationObserver(() => {
  clearTimeout(waiting);
  waiting = setTimeout(place, 400);
}).observe(element.closest("#main") ?? document.body, { childList: true, subtree: true });

async function place() {
  const rows = [...document.querySelectorAll("#chat .bot-row")];
  const isWriting = document.querySelector("#composer .stop-button");
  if (!rows.length || isWriting || rows.every((row) => row.querySelector(`.${MARK}`)?.dataset.of === of(row))) return;
  const answer = await ask(`conversations/${shown()}/answers`);
  if (!answer?.ok) return;
  const ids = await answer.json();
  const last = ids.slice(-rows.length); // of a long conversation the page shows the end
  if (last.length === rows.length) rows.forEach((row, index) => put(row, last[index]));
}

// Rows are used again for other answers, so each place remembers the words above it.
function of(row) {
  return `${shown()} ${row.querySelector(".message")?.textContent.trim()}`;
}

function put(row, id) {
  const before = row.querySelector(`.${MARK}`);
  if (before && before.dataset.answer === String(id)) { before.dataset.of = of(row); return; }
  before?.remove();
  const kept = document.createElement(id === null ? "span" : "details");
  kept.className = MARK;
  kept.dataset.of = of(row);
  if (id !== null) {
    kept.dataset.answer = id;
    kept.innerHTML = '<summary>What the model saw</summary><div class="clover-sights" role="status"></div>';
    kept.addEventListener("toggle", () => kept.open && fill(kept, id));
  }
  (row.querySelector(".flex-wrap") ?? row).append(kept);
}

async function fill(kept, id) {
  const body = kept.querySelector(".clover-sights");
  if (kept.dataset.isFilled) return;
  body.textContent = "Looking …";
  const answer = await ask(`conversations/${shown()}/answers/${id}/evidence`);
  if (!answer) { body.textContent = "The server cannot be reached; close this and open it again."; return; }
  const words = await answer.text();
  if (!answer.ok) { body.textContent = words; return; }
  body.innerHTML = words; // written by this server from numbers and hashes alone
  kept.dataset.isFilled = "yes";
  const pictures = [...body.querySelectorAll("img")].map((picture) => picture.decode().catch(() => null));
  await Promise.all(pictures);
  kept.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function shown() {
  return document.querySelector("#listing nav")?.dataset.shown;
}

async function ask(path) {
  const address = new URL(path, base);
  if (props.page) address.searchParams.set("page", props.page);
  try {
    return await fetch(address);
  } catch {
    return null;
  }
}
