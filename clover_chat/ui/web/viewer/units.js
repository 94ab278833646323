// Sizes and magnifications in words. Micrometres where the slide says how large a pixel is.

const GROUPED = new Intl.NumberFormat("en-US");
const NICE = [1, 2, 5];

export function pixels(width, height) {
  return `${GROUPED.format(Math.round(width))} × ${GROUPED.format(Math.round(height))} px`;
}

export function extent(width, height, mpp) {
  if (!mpp) return pixels(width, height);
  const [across, down] = [width * mpp[0], height * mpp[1]];
  if (Math.max(across, down) >= 1000) {
    return `${(across / 1000).toFixed(2)} × ${(down / 1000).toFixed(2)} mm`;
  }
  return `${GROUPED.format(Math.round(across))} × ${GROUPED.format(Math.round(down))} µm`;
}

// What one screen pixel shows at a zoom: a magnification, or a share of full resolution.
export function magnification(zoom, native) {
  if (!native) return zoom >= 1 ? `${digits(zoom)} : 1` : `1 : ${digits(1 / zoom)}`;
  return `${digits(zoom * native)}×`;
}

// A length of the slide that is a round number and fits into some screen pixels.
export function scaleBar(zoom, mpp, longest) {
  const perPixel = mpp ? mpp[0] / zoom : 1 / zoom;
  const power = 10 ** Math.floor(Math.log10(longest * perPixel));
  const length = power * NICE.findLast((each) => each * power <= longest * perPixel);
  return { width: length / perPixel, label: mpp ? micrometres(length) : `${digits(length)} px` };
}

function micrometres(length) {
  return length >= 1000 ? `${digits(length / 1000)} mm` : `${digits(length)} µm`;
}

function digits(value) {
  if (value >= 100) return GROUPED.format(Math.round(value));
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}
