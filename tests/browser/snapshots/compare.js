// Runs in an empty page of the browser, which decodes and encodes pictures.
const LEVELS = 24; // that are kept of each channel
const SCALE = 3;

async function pixels(data) {
  const blob = await (await fetch(`data:image/*;base64,${data}`)).blob();
  const image = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}

// A third as large: each pixel the mean of nine. Done here, since browsers scale in ways of their own.
async function kept(data) {
  const { data: from, width, height } = await pixels(data);
  const [w, h] = [Math.floor(width / SCALE), Math.floor(height / SCALE)], step = 255 / LEVELS;
  const small = new ImageData(w, h);
  small.data.fill(255);
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) for (let c = 0; c < 3; c++) {
    let sum = 0;
    for (let v = 0; v < SCALE; v++) for (let u = 0; u < SCALE; u++)
      sum += from[((y * SCALE + v) * width + x * SCALE + u) * 4 + c];
    small.data[(y * w + x) * 4 + c] = Math.round(Math.round(sum / SCALE ** 2 / step) * step);
  }
  const canvas = new OffscreenCanvas(w, h);
  canvas.getContext("2d").putImageData(small, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/webp", quality: 1 });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

// Whether a pixel of one picture is near to what is around its place in the other.
function differs(one, other, x, y, tolerance) {
  const { width, height } = other;
  for (let c = 0; c < 3; c++) {
    const value = one.data[(y * one.width + x) * 4 + c];
    let low = 255, high = 0;
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
        const near = other.data[(v * width + u) * 4 + c];
        if (near < low) low = near;
        if (near > high) high = near;
      }
    const allowed = tolerance + (high - low) / 4; // more at the edges of letters
    if (value < low - allowed || value > high + allowed) return true;
  }
  return false;
}

async function compare(before, after, tolerance, square, most, slack) {
  const [old, now] = [await pixels(before), await pixels(after)];
  const size = old.width === now.width && Math.abs(old.height - now.height) <= slack
    ? "" : `${old.width}×${old.height}, now ${now.width}×${now.height}`;
  const [w, h] = [Math.min(old.width, now.width), Math.min(old.height, now.height)];
  const across = Math.ceil(w / square), counts = new Map();
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
    const at = (y * old.width + x) * 4, then = (y * now.width + x) * 4;
    if (old.data[at] === now.data[then] && old.data[at + 1] === now.data[then + 1] && old.data[at + 2] === now.data[then + 2]) continue;
    if (!differs(old, now, x, y, tolerance) && !differs(now, old, x, y, tolerance)) continue;
    const place = Math.floor(y / square) * across + Math.floor(x / square);
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  const [place, worst] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
  return {
    squares: [...counts.values()].filter((count) => count > most).length,
    worst,
    at: [(place % across) * square * SCALE, Math.floor(place / across) * square * SCALE],
    size,
  };
}
