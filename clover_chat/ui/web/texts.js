// Puts the page's own words into the browser's language. Answers, quotations, titles and what somebody typed stay as they are.
const catalogue = /* the catalogue */ {};
const SPOKEN = "#chat .message, #listing [data-open], #found [data-found], .clover-account span, .clover-pair p, .clover-judging q, .cv-title, .cv-tag, .cv-go b, .cv-card b, #entry h2, #entry .text, #entry .sources, #list a";
const OURS = ".clover-note, .clover-judged b, .clover-region";
const NAMED = ["aria-label", "title", "placeholder"];

const language = (navigator.languages ?? [navigator.language]).map((each) => each.slice(0, 2)).find((each) => each === "en" || each in catalogue);
const known = catalogue[language];
const patterns = Object.entries(known ?? {}).filter(([english]) => english.includes("{")).map(([english, text]) => {
  const names = [...english.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  const shape = english.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "(.+?)");
  return { shape: new RegExp(`^${shape}$`), names, text };
});

const inner = (english) => translated(english) ?? english;

function translated(english) {
  if (Object.hasOwn(known, english)) return known[english];
  for (const { shape, names, text } of patterns) {
    const found = shape.exec(english);
    if (found) return text.replace(/\{(\w+)\}/g, (_, name) => inner(found[names.indexOf(name) + 1]));
  }
  return null;
}

const isSpoken = (element) => element?.closest(SPOKEN) && !element.closest(OURS);

function words(node) {
  const plain = node.data.replace(/\s+/g, " ").trim();
  const isRaw = !node.parentElement || node.parentElement.matches("textarea, script, style");
  const text = plain && !isRaw && !isSpoken(node.parentElement) && translated(plain);
  if (!text) return;
  const whole = node.data.match(/^\s*/)[0] + text + node.data.match(/\s*$/)[0];
  if (node.data !== whole) node.data = whole;
}

function names(element) {
  for (const name of NAMED) {
    const text = element.hasAttribute(name) && !isSpoken(element) && translated(element.getAttribute(name));
    if (text && element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

function translate(root) {
  if (root.nodeType === Node.TEXT_NODE) return words(root);
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  names(root);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) words(node);
    else names(node);
  }
}

if (known) {
  document.documentElement.lang = language;
  translate(document.body);
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "childList") for (const node of addedNodes) translate(node);
      else if (type === "attributes") names(target);
      else words(target);
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: NAMED });
}
