// OpenSeadragon and the arithmetic around it. Everything outside speaks level-0 pixels of the whole slide.

import { tileSource } from "./source.js";

const OPTIONS = {
  drawer: "canvas", // as fast as WebGL with a graphics card, and far faster without one
  showNavigationControl: false,
  showNavigator: true,
  navigatorAutoFade: false,
  navigatorRotate: true,
  animationTime: 0.4,
  springStiffness: 9,
  zoomPerScroll: 1.25,
  zoomPerClick: 2,
  zoomPerDblClickDrag: 1.2,
  maxZoomPixelRatio: 4,
  minZoomImageRatio: 0.6,
  visibilityRatio: 0.3,
  blendTime: 0.1,
  imageLoaderLimit: 6,
  maxImageCacheCount: 500,
  tileRetryMax: 1,
  tileRetryDelay: 1500,
  gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
  gestureSettingsTouch: { pinchRotate: false, dblTapToZoom: true },
  gestureSettingsPen: { clickToZoom: false },
};
const SPECK = 80; // screen pixels that the whole slide keeps at least, however far away one goes
const ROOM = 0.8; // of the stage that a region fills when one goes there

export function createStage(OSD, element, base, tell) {
  const viewer = OSD({ ...OPTIONS, element });
  let slide = null;
  let hasPixels = false;
  const failed = new Set(); // OpenSeadragon would never ask for these tiles again
  let isWhole = true; // nobody has moved away from the whole slide yet

  const item = () => viewer.world.getItemAt(0);
  const size = () => ({ width: element.clientWidth, height: element.clientHeight });
  const addressOf = (part, of = slide) => `${base}slides/${of.id}/${part}?${of.permit}`;
  const unflipped = (x) => (viewer.viewport.getFlip() ? size().width - x : x);

  function open(next) {
    slide = next;
    hasPixels = false;
    isWhole = true;
    failed.clear();
    viewer.viewport?.setRotation(0, true);
    viewer.viewport?.setFlip(false);
    viewer.open(tileSource(OSD, slide, addressOf));
  }

  function permit(next) {
    slide.permit = next;
    if (!failed.size) return;
    for (const tile of failed) tile.exists = true;
    failed.clear();
    item()?.reset();
  }

  function toLevel0(x, y) {
    const point = item().viewerElementToImageCoordinates(new OSD.Point(unflipped(x), y));
    return [point.x + slide.x, point.y + slide.y];
  }

  function toScreen(x, y) {
    const point = item().imageToViewerElementCoordinates(new OSD.Point(x - slide.x, y - slide.y));
    return [unflipped(point.x), point.y];
  }

  // The transformation from level-0 pixels to the screen, as SVG wants it.
  function matrix() {
    const [x, y] = toScreen(slide.x, slide.y);
    const [right, below] = [toScreen(slide.x + slide.width, slide.y), toScreen(slide.x, slide.y + slide.height)];
    const across = right.map((value, axis) => (value - [x, y][axis]) / slide.width);
    const down = below.map((value, axis) => (value - [x, y][axis]) / slide.height);
    const shift = [0, 1].map((axis) => [x, y][axis] - across[axis] * slide.x - down[axis] * slide.y);
    return [...across, ...down, ...shift];
  }

  function view() {
    if (!item()) return null;
    const { width, height } = size();
    const corners = [toLevel0(0, 0), toLevel0(width, 0), toLevel0(width, height), toLevel0(0, height)];
    return clipped(corners);
  }

  function clipped(points) {
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const inside = (value, start, length) => Math.max(start, Math.min(start + length, value));
    const x = Math.floor(inside(Math.min(...xs), slide.x, slide.width));
    const y = Math.floor(inside(Math.min(...ys), slide.y, slide.height));
    const right = Math.ceil(inside(Math.max(...xs), slide.x, slide.width));
    const bottom = Math.ceil(inside(Math.max(...ys), slide.y, slide.height));
    return right > x && bottom > y ? [x, y, right - x, bottom - y] : null;
  }

  const zoom = (isCurrent = true) => item().viewportToImageZoom(viewer.viewport.getZoom(isCurrent));
  const zoomTo = (value) => moving().zoomTo(item().imageToViewportZoom(value)).applyConstraints();

  function moving() {
    isWhole = false;
    return viewer.viewport;
  }

  function goTo([x, y, width, height], immediately = false) {
    const angle = (viewer.viewport.getRotation() * Math.PI) / 180;
    const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
    const across = size().width / (width * cos + height * sin);
    const down = size().height / (width * sin + height * cos);
    const largest = item().viewportToImageZoom(viewer.viewport.getMaxZoom());
    const middle = new OSD.Point(x + width / 2 - slide.x, y + height / 2 - slide.y);
    moving().panTo(item().imageToViewportCoordinates(middle), immediately);
    viewer.viewport.zoomTo(item().imageToViewportZoom(Math.min(ROOM * Math.min(across, down), largest)), undefined, immediately);
  }

  function rotate(degrees) {
    moving().setRotation(viewer.viewport.getRotation() + (viewer.viewport.getFlip() ? -degrees : degrees));
  }

  function pan(dx, dy) {
    const turned = new OSD.Point(viewer.viewport.getFlip() ? -dx : dx, dy).rotate(-viewer.viewport.getRotation());
    moving().panBy(viewer.viewport.deltaPointsFromPixels(turned)).applyConstraints();
  }

  const state = () => {
    const centre = viewer.viewport.getCenter();
    return { x: centre.x, y: centre.y, zoom: viewer.viewport.getZoom(), rotation: viewer.viewport.getRotation(), isFlipped: viewer.viewport.getFlip() };
  };

  function restore(saved) {
    moving().setRotation(saved.rotation, true);
    viewer.viewport.setFlip(saved.isFlipped);
    viewer.viewport.zoomTo(saved.zoom, undefined, true).panTo(new OSD.Point(saved.x, saved.y), true);
  }

  // As far away as the lowest magnification, which on a small slide is further than the usual limit.
  function leastZoom() {
    const usual = OPTIONS.minZoomImageRatio * item().viewportToImageZoom(viewer.viewport.getHomeZoom());
    return Math.min(usual, SPECK / Math.max(slide.width, slide.height));
  }

  viewer.addHandler("open", () => {
    viewer.viewport.minZoomLevel = item().imageToViewportZoom(leastZoom());
    viewer.navigator.element.classList.add("cv-navigator");
    tell("open");
  });
  viewer.addHandler("tile-loaded", () => {
    if (!hasPixels) tell("pixels");
    hasPixels = true;
  });
  viewer.addHandler("tile-load-failed", (event) => {
    failed.add(event.tile);
    tell("failed", event.tile.getUrl());
  });
  viewer.addHandler("canvas-key", (event) => { event.preventDefaultAction = true; });
  for (const name of ["canvas-press", "canvas-scroll", "canvas-pinch"]) viewer.addHandler(name, () => { isWhole = false; });
  viewer.addHandler("resize", () => item() && isWhole && setTimeout(() => isWhole && viewer.viewport.goHome(true)));
  for (const name of ["update-viewport", "resize", "rotate", "flip"]) viewer.addHandler(name, () => item() && tell("moved"));
  viewer.addHandler("animation-finish", () => item() && tell("rested"));

  return {
    viewer, open, permit, toLevel0, matrix, view, clipped, zoom, zoomTo, goTo, rotate, pan, state, restore, addressOf,
    close: () => { viewer.close(); slide = null; },
    isOpen: () => Boolean(slide && item()),
    zoomBy: (factor) => moving().zoomBy(factor).applyConstraints(),
    home: () => { isWhole = true; viewer.viewport.setRotation(0); viewer.viewport.setFlip(false); viewer.viewport.goHome(); },
    flip: () => viewer.viewport.toggleFlip(),
    zoomRange: () => [viewer.viewport.getMinZoom(), viewer.viewport.getMaxZoom()].map((zoom) => item().viewportToImageZoom(zoom)),
  };
}
