// A slide's own levels as OpenSeadragon takes them: any ratio, smallest first, nothing resampled on the way.

export function tileSource(OSD, slide, addressOf) {
  const { width, height, tileSize, levels } = slide;
  const source = new OSD.TileSource({
    width, height, tileWidth: tileSize, tileHeight: tileSize, tileOverlap: 0, minLevel: 0, maxLevel: levels.length - 1,
  });
  const grid = (level) => levels[level].slice(0, 2).map((side) => Math.ceil(side / tileSize));
  return Object.assign(source, {
    getLevelScale: (level) => 1 / levels[level][2],
    getNumTiles: (level) => new OSD.Point(...grid(level)),
    // A function, because the permission that is part of the address is renewed while one looks.
    getTileUrl: (level, column, row) => () => addressOf(`tiles/${level}/${column}_${row}`),
    getTileHashKey: (level, column, row) => `${slide.id}/${level}/${column}_${row}`,
    // Each tile lies exactly where its pixels come from, whatever the level's size was rounded to.
    getTileBounds(level, column, row, isSource) {
      const [across, down, downsample] = levels[level];
      const [x, y] = [column * tileSize, row * tileSize];
      const [w, h] = [Math.min(tileSize, across - x), Math.min(tileSize, down - y)];
      if (isSource) return new OSD.Rect(0, 0, w, h);
      const unit = downsample / width;
      return new OSD.Rect(x * unit, y * unit, w * unit, h * unit);
    },
    getTileAtPoint(level, point) {
      const [columns, rows] = grid(level);
      const side = (tileSize * levels[level][2]) / width;
      const clamped = (value, count) => Math.max(0, Math.min(count - 1, Math.floor(value / side)));
      return new OSD.Point(clamped(point.x, columns), clamped(point.y, rows));
    },
  });
}
