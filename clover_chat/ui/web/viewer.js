// Starts the slide viewer, whose modules lie at an address of their own. What it may say:
// "list" "open" "renew" "discard" "take" "keep" "forget" "bring" "export" "point" "look" "halt"
const home = new URL(`slides/web/${props.options.version}/`, document.baseURI);
import(new URL("main.js", home))
  .then((module) => module.start({ element, props, trigger, upload, watch, home }))
  .catch((error) => console.error("The slide viewer cannot start.", error));
